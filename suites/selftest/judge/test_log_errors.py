"""I9: trouble of every kind turns a record red."""

import pytest

from harness.judge.invariants.log_errors import LONGEST, MOST_SHOWN
from harness.record.events import ConsoleLine
from suites.selftest.judge.log_lines import FROM_DRBD, HUNG, SOMEWHERE, found
from suites.selftest.node_events import line
from suites.selftest.records import cut


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("kernel", "BUG: kernel NULL pointer dereference, address: 0000000000000008"),
        ("kernel", "kernel BUG at fs/ext4/inode.c:2721!"),
        ("kernel", "Oops: 0002 [#1] PREEMPT SMP NOPTI"),
        ("kernel", "WARNING: CPU: 1 PID: 77 at fs/fs-writeback.c:2584 __mark_inode_dirty+0x1/0x2"),
        ("kernel", "Kernel panic - not syncing: Fatal exception"),
        ("kernel", HUNG),
        ("kernel", "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [kvm:812]"),
        ("kernel", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
        ("kernel", "rcu: INFO: rcu_preempt self-detected stall on CPU"),
        (
            "kernel",
            "corosync[341]: segfault at 0 ip 00007f1 sp 00007ff error 4 in libqb.so.100[7f]",
        ),
        (
            "kernel",
            "general protection fault, probably for non-canonical address 0xdead: 0000 [#1]",
        ),
        ("kernel", "traps: virsh[812] trap invalid opcode ip:5571 sp:7ffd error:0 in virsh[5571]"),
        ("kernel", "Out of memory: Killed process 812 (qemu-system-x86) total-vm:900000kB"),
        ("kernel", "Memory cgroup out of memory: Killed process 812 (qemu-system-x86)"),
        (
            "kernel",
            "I/O error, dev vdb, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2",
        ),
        ("kernel", "EXT4-fs error (device vda1): ext4_find_entry:1463: inode #2: comm bash"),
        ("kernel", "block drbd1: local WRITE IO error sector 2048+8 on dm-0"),
        ("kernel", "block drbd1: disk( UpToDate -> Failed ) "),
        ("kernel", "block drbd1: State change failed: Need access to UpToDate data"),
        ("kernel", "block drbd2: Split-Brain detected but unresolved, dropping connection!"),
        ("kernel", "drbd shop: error receiving ReportState, e: -5 l: 0!"),
        ("kernel", "block drbd1: Online verify found 3 4k blocks out of sync!"),
        ("kernel", "block drbd1: Unrelated data, aborting!"),
        ("kernel", "drbd web: fence-peer helper broken, returned 1"),
        ("kernel", "drbd web: conn( Disconnecting -> StandAlone ) "),
        (
            "pacemaker-controld",
            "   error: Operation 'reboot' targeting bravo by arbiter: Timed out",
        ),
        ("pacemakerd", "    crit: Shutting down cluster layer"),
        ("corosync", "  [MAIN  ] Corosync Cluster Engine exiting with status 8, fatal error"),
        ("libvirtd", "internal error: qemu unexpectedly closed the monitor"),
        ("libvirtd", "Unable to read from monitor: Connection reset by peer"),
        ("drbd(drbd-web)", "ERROR: web: Called drbdadm -c /etc/drbd.conf primary web"),
        ("crm-fence-peer.sh", "ERROR peer is alive, did not place the constraint!"),
        ("systemd", "libvirtd.service: Main process exited, code=dumped, status=6/ABRT"),
        ("systemd", "corosync.service: Failed with result 'exit-code'."),
        ("systemd-coredump", "Process 341 (corosync) of user 0 dumped core."),
    ],
)
def test_trouble_that_nobody_expected_is_a_breach(who: str, text: str) -> None:
    assert found(line(130, "bravo", who, text)) == [f"bravo: {who}: {text.strip()}"]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("kernel", "AMD Zen1 DIV0 bug detected. Disable SMT for full protection."),
        ("kernel", 'PCI: if necessary, use "pci=nocrs" and report a bug'),
        ("kernel", "drbd web: peer( Secondary -> Unknown ) conn( Connected -> NetworkFailure ) "),
        ("kernel", "drbd web: conn( StandAlone -> Unconnected ) "),
        ("kernel", "block drbd2: helper command: /sbin/drbdadm initial-split-brain minor-2"),
        ("kernel", "drbd web: fence-peer helper returned 7 (peer was stonithed)"),
        ("pacemaker-controld", " warning: Stonith/shutdown of node alpha was not expected"),
        ("pacemaker-attrd", "  notice: Setting fail-count-web#error: 0"),
        ("cron", "error: nobody asked"),
        ("drbd(drbd-web)", "INFO: web: Command stderr: "),
    ],
)
def test_what_only_looks_like_trouble_is_not(who: str, text: str) -> None:
    assert found(line(1, "bravo", who, text)) == []


@pytest.mark.parametrize(("priority", "count"), [(0, 1), (3, 1), (4, 0)])
def test_any_program_complains_by_the_severity_of_its_line(priority: int, count: int) -> None:
    assert len(found(line(1, "arbiter", "cron", "it is so", priority=priority))) == count


def test_a_trace_ends_where_it_says_so_and_holds_only_lines_of_the_kernel() -> None:
    end = "---[ end trace 0000000000000000 ]---"
    texts = [SOMEWHERE, end, *FROM_DRBD]
    lines = [line(n, "bravo", "kernel", text) for n, text in enumerate(texts, 3)]
    assert len(found(cut(1, "alpha"), lines)) == 1
    foreign = [line(4, "bravo", "cron", FROM_DRBD[0]), line(5, "bravo", "cron", FROM_DRBD[1])]
    assert len(found(cut(1, "alpha"), lines[0], foreign)) == 1


def test_texts_that_differ_in_numbers_are_reported_once() -> None:
    alike = [line(n, "alpha", "kernel", HUNG.replace("472", str(n))) for n in range(3)]
    assert found(alike, line(9, "bravo", "kernel", HUNG)) == [
        f"alpha and bravo, 4 times: kernel: {HUNG.replace('472', '0')}"
    ]


def test_of_many_texts_the_first_are_shown_and_how_many_more() -> None:
    many = [line(n, "bravo", "libvirtd", f"error in {'x' * n}") for n in range(MOST_SHOWN + 2)]
    assert found(many)[-2:] == ["bravo: libvirtd: error in xxxx", "and 2 more"]
    assert len(found(many[:MOST_SHOWN])) == MOST_SHOWN


def test_a_line_without_end_is_cut() -> None:
    endless = line(1, "bravo", "libvirtd", "internal error: " + "x" * 999)
    assert found(endless)[0] == f"bravo: libvirtd: internal error: {'x' * (LONGEST - 26)}…"


@pytest.mark.parametrize("machine", ["alpha", "web"])
@pytest.mark.parametrize(
    ("text", "red"),
    [
        ("[  243.118233] Kernel panic - not syncing: sysrq triggered crash", True),
        ("[    9.100000] EXT4-fs error (device vda1): ext4_find_entry:1463: inode #2", True),
        ("[    9.100000] I/O error, dev vda, sector 2048 op 0x1:(WRITE)", True),
        ("BUG: unable to handle page fault for address: 0000000000001000", True),
        ("[    9.1] redis[115]: segfault at 0 ip 00007f1 sp 00007ff error 4", True),
        ("[    6.719586] EXT4-fs (vda2): recovery complete", False),
        ("[    4.690884] systemd[1]: error: nobody asked", False),
        ("quorate: serving at 5.63 s", False),
    ],
)
def test_consoles_of_nodes_and_guests_show_trouble_of_the_kernel(
    machine: str, text: str, red: bool
) -> None:
    shown = ConsoleLine(at_s=5, machine=machine, text=text)
    message = text.partition("] ")[2] or text
    assert found(shown) == ([f"{machine}: kernel: {message}"] if red else [])


def test_what_both_journal_and_console_show_is_one_report() -> None:
    shown = ConsoleLine(at_s=5, machine="bravo", text=f"[  243.118233] {HUNG}")
    assert found(line(2, "bravo", "kernel", HUNG), shown) == [f"bravo, 2 times: kernel: {HUNG}"]
