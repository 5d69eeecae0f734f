"""I9: trouble of every kind turns a record red; what is expected does not, in its moment."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.expected_errors import EXPECTED, Expected
from harness.judge.invariants.log_errors import LONGEST, MOST_SHOWN, nothing_unexpected
from harness.record.events import ClockReading, ConsoleLine, Event, ExpectedError, JournalLine
from suites.selftest.records import cut, fault, line, look, members, power, record, step

HUNG = "INFO: task drbd_w_web:472 blocked for more than 120 seconds."
SOMEWHERE = (
    "WARNING: CPU: 0 PID: 9 at kernel/rcu/tree_plugin.h:320 rcu_note_context_switch+0x4e/0x6"
)
FROM_DRBD = [
    " drbd_uuid_new_current+0xc0/0x100 [drbd]",
    " w_after_conn_state_ch+0x1fd/0x280 [drbd]",
]
FIRST = line(70, "alpha", "kernel", "Linux version 6.1.0-56-cloud-amd64", boot="2")


def found(*events: Event | Sequence[Event]) -> list[str]:
    return list(nothing_unexpected(record(*events)))


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


TOKEN = [
    "  [TOTEM ] A processor failed, forming new configuration: token timed out (3000ms), waiting",
    "  [TOTEM ] Failed to receive the leave message. failed: 1",
]
AMID_FAULT = [
    *(("corosync", text) for text in TOKEN),
    ("kernel", "drbd web: error receiving Data, e: -5 l: 8192!"),
    ("kernel", "drbd shop: PingAck did not arrive in time."),
    ("kernel", "drbd shop: meta connection shut down by peer."),
    ("kernel", "drbd shop: sock_recvmsg returned -104"),
    ("libvirtd", "Unable to find 'dnsmasq' binary in $PATH: No such file or directory"),
]
"""All but the third and fourth captured on the way of a power cut; those two by DRBD's source."""


@pytest.mark.parametrize(("who", "text"), AMID_FAULT)
def test_noise_of_a_fault_is_expected_after_it_began_and_never_without_one(
    who: str, text: str
) -> None:
    noise = line(103, "bravo", who, text, priority=3)
    assert found(cut(100, "alpha"), noise) == []
    assert len(found(noise)) == len(found(noise, cut(104, "alpha"))) == 1


def test_noise_ends_some_time_after_the_last_lift() -> None:
    done = [fault(100, "alpha"), step(150, "lifted"), step(151, "gone")]
    again = [fault(200, "bravo", name="second"), step(300, "lifted", name="second")]
    noise = [line(at_s, "bravo", *AMID_FAULT[3]) for at_s in (269, 271, 419, 421)]
    errors = [n.model_copy(update={"priority": 3}) for n in noise]
    assert found(done, errors[:1]) == []
    assert len(found(done, errors[1:2])) == 1
    assert found(done, again, errors[1:3]) == []
    assert len(found(done, again, errors[3:])) == 1
    assert found(done, again[:1], errors) == []


def test_a_token_is_lost_only_while_a_fault_is_in_place_or_soon_after_a_change() -> None:
    done = [fault(100, "alpha"), step(150, "lifted")]
    lost = line(155, "bravo", "corosync", TOKEN[0])
    assert len(found(done, lost)) == 1
    assert found(done, power(151, "alpha", "started"), lost) == []
    assert found(done, members(96, "bravo"), lost) == []
    assert len(found(done, members(94, "bravo"), lost)) == 1


def test_a_token_that_is_lost_for_no_reason_is_not_excused_by_what_follows() -> None:
    lost = line(100, "bravo", "corosync", TOKEN[0])
    assert len(found(lost, members(103.6, "bravo"), power(105, "alpha"))) == 1


EARLY = [
    line(
        89, "alpha", "pacemaker-controld", f" error: Could not {text}: Connection refused", boot="2"
    )
    for text in (
        "connect to attrd",
        "update attribute #feature-set=3.16.1 for cluster node arbiter",
    )
]
"""Captured from another failover: a race that few rejoining nodes lose."""
BOOT_BEFORE = line(1, "alpha", "kernel", "hello")


@pytest.mark.parametrize("noise", EARLY, ids=["connect", "update"])
def test_noise_of_a_boot_is_expected_soon_after_that_boot_alone(noise: JournalLine) -> None:
    assert found(BOOT_BEFORE, FIRST, noise) == []
    late = noise.model_copy(update={"at_s": 131.0})
    assert len(found(BOOT_BEFORE, FIRST, late)) == 1
    elsewhere = noise.model_copy(update={"node": "bravo"})
    assert (
        len(found(BOOT_BEFORE, FIRST, line(1, "bravo", "kernel", "hello", boot="2"), elsewhere))
        == 1
    )


def test_the_life_that_the_test_began_with_did_not_boot_in_it() -> None:
    noise = EARLY[0].model_copy(update={"at_s": 3.0, "boot": "1"})
    assert len(found(BOOT_BEFORE, noise)) == 1


def test_libvirt_looks_for_dnsmasq_at_a_boot_too() -> None:
    text = "Unable to find 'dnsmasq' binary in $PATH: No such file or directory"
    noise = line(95, "alpha", "libvirtd", text, boot="2", priority=3)
    assert found(BOOT_BEFORE, FIRST, noise) == []


def test_a_guests_kernel_that_starts_tries_the_processors_counters() -> None:
    text = "kvm [1529]: vcpu0, guest rIP: 0xffffffff81073744 Unhandled WRMSR(0xc0010007) = 0xffff"
    tried = line(30, "bravo", "kernel", text, priority=3)
    assert found(look(40, "bravo", runs="web", born_s=25), tried) == []
    assert len(found(look(90, "bravo", runs="web", born_s=31), tried)) == 1
    assert len(found(look(40, "alpha", runs="web", born_s=25), tried)) == 1
    late = tried.model_copy(update={"at_s": 86.0})
    assert len(found(look(40, "bravo", runs="web", born_s=25), late)) == 1


def test_an_attribute_manager_that_crashes_is_reported() -> None:
    text = " error: pacemaker-attrd[257] terminated with signal 9 (Killed)"
    crash = line(88, "alpha", "pacemakerd", text, boot="2")
    assert found(BOOT_BEFORE, FIRST, crash, EARLY) == [f"alpha: pacemakerd:{text}"]


def test_a_connection_of_the_harness_that_was_given_up_is_nobodys_fault() -> None:
    text = "error: kex_exchange_identification: Connection closed by remote host"
    assert found(line(1, "bravo", "sshd", text, priority=3)) == []
    assert len(found(line(1, "bravo", "sshd", "error: no host key", priority=3))) == 1


def test_a_replica_that_is_taken_down_goes_alone_and_one_that_stays_alone_is_a_breach() -> None:
    texts = [
        "drbd web: peer( Secondary -> Unknown ) conn( Connected -> Disconnecting ) ",
        "drbd web: conn( Disconnecting -> StandAlone ) ",
        "drbd web: receiver terminated",
        "block drbd1: disk( UpToDate -> Failed ) ",
        "block drbd1: disk( Failed -> Diskless ) ",
        "drbd web: Terminating drbd_w_web",
    ]
    down = [line(n, "bravo", "kernel", text) for n, text in enumerate(texts)]
    assert found(down) == []
    assert found(down[:3]) == ["bravo: kernel: drbd web: conn( Disconnecting -> StandAlone )"]
    other = line(5, "bravo", "kernel", "drbd shop: Terminating drbd_w_shop")
    assert len(found(down[:3], other)) == 1
    assert len(found(down[:3], line(5, "alpha", "kernel", texts[5]))) == 1
    assert len(found(down[3], other)) == 1


def test_a_warning_is_expected_only_from_where_it_is_known_to_come() -> None:
    known = [line(n, "bravo", "kernel", text) for n, text in enumerate([SOMEWHERE, *FROM_DRBD], 3)]
    other = line(3.5, "alpha", "kernel", SOMEWHERE)
    assert found(cut(1, "alpha"), known) == []
    assert found(cut(1, "alpha"), known[0], other, known[1:]) == [f"alpha: kernel: {SOMEWHERE}"]
    assert len(found(known)) == 1


def test_a_trace_ends_where_it_says_so_and_holds_only_lines_of_the_kernel() -> None:
    end = "---[ end trace 0000000000000000 ]---"
    texts = [SOMEWHERE, end, *FROM_DRBD]
    lines = [line(n, "bravo", "kernel", text) for n, text in enumerate(texts, 3)]
    assert len(found(cut(1, "alpha"), lines)) == 1
    foreign = [line(4, "bravo", "cron", FROM_DRBD[0]), line(5, "bravo", "cron", FROM_DRBD[1])]
    assert len(found(cut(1, "alpha"), lines[0], foreign)) == 1


def test_each_expected_line_has_its_reason() -> None:
    assert all(expected.why for expected in EXPECTED)
    assert Expected("x", "because").within is None


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


@pytest.mark.parametrize(
    ("at_s", "pattern", "red"),
    [
        (0, r"^kernel: INFO: task drbd_w_web:\d+ blocked", False),
        (0, r"^kernel: INFO: task drbd_w_shop:\d+ blocked", True),
        (5, r"^kernel: INFO: task drbd_w_web:\d+ blocked", True),
    ],
    ids=["this one", "another", "declared too late"],
)
def test_a_test_declares_its_own_noise_before_it_comes(
    at_s: float, pattern: str, red: bool
) -> None:
    declared = ExpectedError(at_s=at_s, pattern=pattern, why="the backing device hangs")
    assert bool(found(declared, line(2, "bravo", "kernel", HUNG))) is red
    shown = ConsoleLine(at_s=2, machine="web", text=f"[  243.118233] {HUNG}")
    assert bool(found(declared, shown)) is red


def test_a_line_may_come_before_its_declaration_by_the_uncertainty_of_its_clock() -> None:
    declared = ExpectedError(at_s=2.1, pattern="blocked for more", why="the backing device hangs")
    hung = line(2, "bravo", "kernel", HUNG)
    clock = ClockReading(
        at_s=9, node="bravo", boot="1", reader="journals", offset_s=0, uncertainty_s=0.15
    )
    assert len(found(declared, hung)) == 1
    assert found(declared, hung, clock) == []


def test_noise_may_come_after_its_moment_by_the_uncertainty_of_its_clock() -> None:
    done = [fault(100, "alpha"), step(150, "lifted")]
    noise = line(270.1, "bravo", *AMID_FAULT[3], priority=3)
    clock = ClockReading(
        at_s=9, node="bravo", boot="1", reader="journals", offset_s=0, uncertainty_s=0.15
    )
    assert len(found(done, noise)) == 1
    assert found(done, noise, clock) == []


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
