"""Error lines that a healthy cluster writes, each with the reason and the time to expect it."""

import re
from dataclasses import dataclass

from harness.judge.invariants.error_lines import ErrorLine
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
    """A pattern of error lines that are expected, and why."""

    pattern: str
    """Regular expression, searched in `who: text`. The trace of a kernel warning follows it in the
    same line."""
    why: str
    """The fact of the stack behind the lines."""
    within: Moment | None = None
    """When the lines are expected; None for at any time."""

    def covers(self, record: Record, line: ErrorLine) -> bool:
        """Return whether the line matches, at a time when it is expected."""
        if re.search(self.pattern, line.full_text) is None:
            return False
        return self.within is None or self.within(record, line)


_EARLY = (
    "the controller of Pacemaker 2.1 publishes its feature set when it has joined, and does not "
    "wait for the attribute manager, which was 0.04 s late; pacemakerd reports one that crashes"
)
_GONE = "DRBD 8.4 logs this when it drops a peer that no longer answers or has lost its kernel"
_DRBD = r"(?:block drbd\d+|drbd \S+(?: drbd\d+)?)"
"""Linux 6.1 names only a device, Linux 6.12 its resource and volume as well."""
_REFUSED = "Refusing to be Primary while peer is not outdated"
_DISCONNECTED = (
    "DRBD 8.4 with fencing refuses when a secondary that is taken down leaves its primary, and "
    "lets it leave as outdated"
)
EXPECTED = (
    Expected(
        r"^corosync: +\[TOTEM \] A processor failed, forming new configuration: token timed out",
        "Corosync 3.1 logs this when it forms a membership without a node that lost the token",
        either(in_place, after_change),
    ),
    Expected(
        r"^corosync: +\[TOTEM \] Failed to receive the leave message\. failed:[ \d]+$",
        "Corosync 3.1 lists the members that are gone and sent no leave message",
        either(in_place, after_change),
    ),
    Expected(
        r"^kernel: drbd \S+: error receiving \w+, e: -5 l: \d+!$",
        "DRBD 8.4 drops an unacknowledged write that was being received when the peer was lost",
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
        "once the peer is fenced, DRBD 8.4 in Linux 6.1 creates a new current UUID on the survivor "
        "and waits for a metadata write while it holds an RCU read lock",
        in_fault,
    ),
    Expected(
        r"^kernel: drbd (\S+): .*Disconnecting -> StandAlone \).* drbd \1: Terminating drbd_w_",
        "DRBD 8.4 logs this when a resource is taken down; one that only lost its peer keeps its "
        "worker thread",
    ),
    Expected(
        rf"^kernel: {_DRBD}: disk\( \w+ -> Failed \) .*{_DRBD}: "
        r"disk\( Failed -> Diskless \).* Terminating drbd_w_",
        "DRBD 8.4 detaches the disk of a resource that is taken down",
    ),
    Expected(
        rf"^kernel: {_DRBD}: State change failed: {_REFUSED} .*wanted(_conn:| = {{ cs:)TearDown",
        _DISCONNECTED,
        in_fault,
    ),
    Expected(
        rf"^kernel: {_DRBD}: +(state = {{ cs:Connected ro:Primary/Secondary |mask = 0x\w+ val = "
        r"|wanted = { cs:TearDown |old_conn:\w+ wanted_conn:TearDown$)",
        _DISCONNECTED,
        in_fault,
    ),
    Expected(
        rf"^kernel: drbd \S+: Requested state change failed by peer: {_REFUSED} \(-7\) .* "
        r"conn\( Connected -> Disconnecting \) disk\( UpToDate -> Outdated \)",
        _DISCONNECTED,
        in_fault,
    ),
    Expected(
        r"^kernel: (?:kvm: )?kvm \[\d+\]: vcpu\d+, guest rIP: \w+ "
        r"Unhandled WRMSR\(0xc001000[4-7]\) = 0xffff$",
        "a guest's kernel probes AMD's performance counters when it starts, and the processor that "
        "QEMU emulates for the node has none",
        at_guest_start,
    ),
    Expected(
        r"^libvirtd: Unable to find 'dnsmasq' binary in \$PATH: No such file or directory$",
        "libvirt 9 looks for dnsmasq at each start; the guests use a bridge of the node, and no "
        "libvirt network needs it",
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
        "sshd logs this when the harness gave up a connection to a node that did not answer",
    ),
)
"""Expected in every test. A test declares its own expected errors by `cluster.expects`."""
