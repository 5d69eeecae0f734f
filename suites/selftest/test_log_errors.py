"""I9: every kind of trouble turns a real record red; what is expected, and only that, does not."""

import pytest

from harness.judge.invariants.expected_errors import NOISE
from harness.judge.invariants.log_errors import LONGEST, MOST_TOLD, nothing_unexpected
from harness.record.timeline import Event
from suites.selftest.records import amid, line, noted, recorded

HUNG = "INFO: task drbd_w_web:472 blocked for more than 120 seconds."
SOMEWHERE = (
    "WARNING: CPU: 0 PID: 9 at kernel/rcu/tree_plugin.h:320 rcu_note_context_switch+0x4e/0x6"
)
FROM_DRBD = [
    " drbd_uuid_new_current+0xc0/0x100 [drbd]",
    " w_after_conn_state_ch+0x1fd/0x280 [drbd]",
]


def told(record: list[Event]) -> list[str]:
    return [violation.evidence for violation in nothing_unexpected(record)]


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
def test_trouble_that_nobody_named_is_a_violation(who: str, text: str) -> None:
    doctored = amid(recorded(), line(130, "bravo", who, text))
    assert told(doctored) == [f"bravo: {who}: {text.strip()}"]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("kernel", "AMD Zen1 DIV0 bug detected. Disable SMT for full protection."),
        ("kernel", 'PCI: if necessary, use "pci=nocrs" and report a bug'),
        ("kernel", "drbd web: peer( Secondary -> Unknown ) conn( Connected -> NetworkFailure ) "),
        ("kernel", "block drbd2: helper command: /sbin/drbdadm initial-split-brain minor-2"),
        ("pacemaker-controld", " warning: Stonith/shutdown of node alpha was not expected"),
        ("pacemaker-attrd", "  notice: Setting fail-count-web#error: 0"),
        ("sshd", "error: kex_exchange_identification: Connection closed by remote host"),
        ("drbd(drbd-web)", "INFO: web: Command stderr: "),
    ],
)
def test_what_only_looks_like_trouble_is_not(who: str, text: str) -> None:
    assert told([line(1, "bravo", who, text)]) == []


EARLY = [
    line(150, "alpha", "pacemaker-controld", f" error: Could not {text}: Connection refused")
    for text in (
        "connect to attrd",
        "update attribute #feature-set=3.16.1 for cluster node arbiter",
    )
]
"""Captured from another failover: a race that few rejoining nodes lose."""


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.pattern[:40])
def test_each_noise_is_in_the_record_of_a_failover(
    noise: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So none is named that never came; and without its name the same record is red."""
    left = tuple(other for other in NOISE if other is not noise)
    assert told(amid(recorded(), *EARLY)) == []
    monkeypatch.setattr("harness.judge.complaints.NOISE", left)
    assert len(told(amid(recorded(), *EARLY))) == 1


def test_an_attribute_manager_that_crashes_is_told() -> None:
    text = " error: pacemaker-attrd[257] terminated with signal 9 (Killed)"
    crash = line(149, "alpha", "pacemakerd", text)
    assert told(amid(recorded(), crash, *EARLY)) == [f"alpha: pacemakerd:{text}"]


def test_a_warning_is_expected_only_from_where_it_is_known_to_come() -> None:
    known = [line(n, "bravo", "kernel", text) for n, text in enumerate([SOMEWHERE, *FROM_DRBD])]
    other = line(0.5, "alpha", "kernel", SOMEWHERE)
    assert told(known) == []
    assert told([known[0], other, *known[1:]]) == [f"alpha: kernel: {SOMEWHERE}"]


def test_a_trace_ends_where_it_says_so() -> None:
    end = "---[ end trace 0000000000000000 ]---"
    lines = [line(n, "bravo", "kernel", t) for n, t in enumerate([SOMEWHERE, end, *FROM_DRBD])]
    assert len(told(lines)) == 1


def test_texts_that_differ_in_numbers_are_told_once() -> None:
    alike = [line(n, "alpha", "kernel", HUNG.replace("472", str(n))) for n in range(3)]
    assert told([*alike, line(9, "bravo", "kernel", HUNG)]) == [
        f"alpha and bravo, 4 times: kernel: {HUNG.replace('472', '0')}"
    ]


def test_of_many_texts_the_first_are_told_and_how_many_more() -> None:
    many = [line(n, "bravo", "libvirtd", f"error in {'x' * n}") for n in range(MOST_TOLD + 2)]
    assert told(many)[-2:] == ["bravo: libvirtd: error in xxxx", "and 2 more"]
    assert len(told(many[:MOST_TOLD])) == MOST_TOLD


def test_a_line_without_end_is_cut() -> None:
    endless = line(1, "bravo", "libvirtd", "internal error: " + "x" * 999)
    assert told([endless])[0] == f"bravo: libvirtd: internal error: {'x' * (LONGEST - 26)}…"


@pytest.mark.parametrize(
    ("at_s", "pattern", "red"),
    [
        (0, r"^kernel: INFO: task drbd_w_web:\d+ blocked", False),
        (0, r"^kernel: INFO: task drbd_w_shop:\d+ blocked", True),
        (5, r"^kernel: INFO: task drbd_w_web:\d+ blocked", True),
    ],
    ids=["this one", "another", "said too late"],
)
def test_a_test_names_its_own_noise_before_it_comes(at_s: float, pattern: str, red: bool) -> None:
    named = noted(at_s, "expected", pattern=pattern, why="the backing device hangs")
    assert bool(told([named, line(2, "bravo", "kernel", HUNG)])) is red
