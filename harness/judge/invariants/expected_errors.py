"""Lines that look like trouble, and that a cluster writes while it does its duty."""

import re
from dataclasses import dataclass

from harness.judge.invariants.complaints import Complaint
from harness.judge.invariants.moments import (
    Moment,
    after_change,
    at_boot,
    at_guest_start,
    either,
    in_fault,
    in_place,
)
from harness.record.timeline import Record


@dataclass(frozen=True)
class Expected:
    """Lines that are expected, the fact of the stack that makes them so, and their moment."""

    pattern: str
    """Searched in `who: text`; a kernel's warning is followed by its trace, in one line."""
    why: str
    within: Moment | None = None
    """When they are expected; None for at any time."""

    def covers(self, record: Record, complaint: Complaint) -> bool:
        """Is that line one of these, in its moment?"""
        if re.search(self.pattern, complaint.whole) is None:
            return False
        return self.within is None or self.within(record, complaint)


_EARLY = (
    "at its start the controller of Pacemaker 2.1 tells its feature set when it has joined, and "
    "does not wait for the attribute manager beside it, seen 0.04 s late; one that crashes is told "
    "by pacemakerd"
)
_GONE = "so DRBD 8.4 lets go of a peer that does not answer any more, or whose kernel is gone"
EXPECTED = (
    Expected(
        r"^corosync: +\[TOTEM \] A processor failed, forming new configuration: token timed out",
        "so Corosync 3.1 begins to do without a member whose token does not come",
        either(in_place, after_change),
    ),
    Expected(
        r"^corosync: +\[TOTEM \] Failed to receive the leave message\. failed:[ \d]+$",
        "so Corosync 3.1 lists the members that are gone and did not say goodbye",
        either(in_place, after_change),
    ),
    Expected(
        r"^kernel: drbd \S+: error receiving \w+, e: -5 l: \d+!$",
        "so DRBD 8.4 drops a write, never acknowledged, in the middle of which the peer was lost",
        in_fault,
    ),
    Expected(
        r"^kernel: drbd \S+: (PingAck did not arrive in time|meta connection shut down by peer)\.$",
        _GONE,
        in_fault,
    ),
    Expected(
        r"^kernel: drbd \S+: (sock_recvmsg|\w+_sendmsg) returned -\d+$",
        _GONE,
        in_fault,
    ),
    Expected(
        r"^kernel: WARNING: \S+ \d+ PID: \d+ at kernel/rcu/tree_plugin\.h:\d+ "
        r"rcu_note_context_switch\+.* drbd_uuid_new_current\+\S+ \[drbd\] +w_after_conn_state_ch\+",
        "DRBD 8.4 in Linux 6.1 makes a new current UUID on the survivor, once the peer is fenced, "
        "and waits for its metadata to be written while it holds the lock of an RCU reader",
        in_fault,
    ),
    Expected(
        r"^kernel: drbd (\S+): .*Disconnecting -> StandAlone \).* drbd \1: Terminating drbd_w_",
        "so DRBD 8.4 takes a resource down; one that only left its peer keeps its worker",
    ),
    Expected(
        r"^kernel: block drbd\d+: disk\( \w+ -> Failed \) +block drbd\d+: "
        r"disk\( Failed -> Diskless \).* Terminating drbd_w_",
        "so DRBD 8.4 detaches the disk of a resource that it takes down",
    ),
    Expected(
        r"^kernel: kvm \[\d+\]: vcpu\d+, guest rIP: \w+ "
        r"Unhandled WRMSR\(0xc001000[4-7]\) = 0xffff$",
        "a guest's kernel that starts tries whether AMD's performance counters can be written, and "
        "the processor that QEMU emulates for the node has none",
        at_guest_start,
    ),
    Expected(
        r"^libvirtd: Unable to find 'dnsmasq' binary in \$PATH: No such file or directory$",
        "libvirt 9 looks for it at each start; the guests are on a bridge of the node's own, so no "
        "network of libvirt needs it",
        either(in_fault, at_boot),
    ),
    Expected(
        r"^pacemaker-controld: +error: Could not connect to attrd: Connection refused$",
        _EARLY,
        at_boot,
    ),
    Expected(
        r"^pacemaker-controld: +error: Could not update attribute #feature-set=\S+ "
        r"for cluster node \S+: Connection refused$",
        _EARLY,
        at_boot,
    ),
    Expected(
        r"^sshd(-session)?: (error: kex_exchange_identification|fatal: Timeout before auth)",
        "so sshd logs that the harness gave up a connection to a node that does not answer",
    ),
)
"""Of every test. What only one test brings about is declared there: `cluster.expects`."""
