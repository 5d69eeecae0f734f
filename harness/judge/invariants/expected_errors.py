"""Lines that look like trouble, and that a cluster writes while it does its duty."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Noise:
    """Lines that are expected, and the fact of the stack that makes them so."""

    pattern: str
    """Searched in `who: text`; a kernel's warning is followed by its trace, in one line."""
    why: str

    def covers(self, told: str) -> bool:
        """Is that line of this noise?"""
        return re.search(self.pattern, told) is not None


_EARLY = (
    "at its start the controller of Pacemaker 2.1 tells its feature set when it has joined, and "
    "does not wait for the attribute manager beside it, seen 0.04 s late; one that crashes is told "
    "by pacemakerd"
)
NOISE = (
    Noise(
        r"^corosync: +\[TOTEM \] A processor failed, forming new configuration: token timed out",
        "so Corosync 3.1 begins to do without a member whose token does not come",
    ),
    Noise(
        r"^corosync: +\[TOTEM \] Failed to receive the leave message\. failed:[ \d]+$",
        "so Corosync 3.1 lists the members that are gone and did not say goodbye",
    ),
    Noise(
        r"^kernel: drbd \S+: error receiving Data, e: -5 l: \d+!$",
        "so DRBD 8.4 drops a write, never acknowledged, in the middle of which the peer was lost",
    ),
    Noise(
        r"^kernel: WARNING: \S+ \d+ PID: \d+ at kernel/rcu/tree_plugin\.h:\d+ "
        r"rcu_note_context_switch\+.* drbd_uuid_new_current\+\S+ \[drbd\] +w_after_conn_state_ch\+",
        "DRBD 8.4 in Linux 6.1 makes a new current UUID on the survivor, once the peer is fenced, "
        "and waits for its metadata to be written while it holds the lock of an RCU reader",
    ),
    Noise(
        r"^libvirtd: Unable to find 'dnsmasq' binary in \$PATH: No such file or directory$",
        "libvirt 9 looks for it at each start; the guests are on a bridge of the node's own, so no "
        "network of libvirt needs it",
    ),
    Noise(
        r"^pacemaker-controld: +error: Could not connect to attrd: Connection refused$",
        _EARLY,
    ),
    Noise(
        r"^pacemaker-controld: +error: Could not update attribute #feature-set=\S+ "
        r"for cluster node \S+: Connection refused$",
        _EARLY,
    ),
)
"""Of every test. What only one test brings about is said there: `cluster.expects`."""
