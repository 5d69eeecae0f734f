"""Settings of the cluster in the plan: typed values with limits.

The names are those of the tools, with the unit as a suffix.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from harness.plan.strict_yaml import StrictModel

DAY_S = 86400


def _seconds(least: int, most: int = DAY_S) -> str:
    return f"whole seconds from {least} to {most}"


Duration = Annotated[int, Field(ge=1, le=DAY_S, description=_seconds(1))]
Score = Annotated[int, Field(ge=0, le=1_000_000, description="a score from 0 to 1000000")]
Rate = Annotated[int, Field(ge=1, le=4000, description="MiB a second from 1 to 4000")]
Switch = Annotated[bool, Field(description="true or false")]


class Corosync(StrictModel):
    """Settings of Corosync. See corosync.conf(5) and votequorum(5)."""

    token_ms: int = Field(ge=300, le=60_000, description="milliseconds from 300 to 60000")
    token_coefficient_ms: int = Field(ge=0, le=10_000, description="milliseconds from 0 to 10000")
    """Added to the token for each node after the second."""
    link_mode: Literal["passive", "active", "rr"]
    encrypted: Switch
    two_node: Switch
    """votequorum's two_node: the arbitrator has no vote, and each data node alone is quorate."""


class Drbd(StrictModel):
    """Settings of DRBD. See drbd.conf(5) of DRBD 8.4."""

    protocol: Literal["A", "B", "C"]
    fencing: Literal["dont-care", "resource-only", "resource-and-stonith"]
    fence_peer_timeout_s: Duration
    """A day, which means never. When it has passed, the fence-peer handler lets an isolated primary
    resume I/O. The writes that it then acknowledges are lost when the node is fenced."""
    on_io_error: Literal["pass_on", "call-local-io-error", "detach"]
    after_sb_0pri: Literal[
        "disconnect",
        "discard-younger-primary",
        "discard-older-primary",
        "discard-zero-changes",
        "discard-least-changes",
    ]
    after_sb_1pri: Literal["disconnect", "consensus", "discard-secondary"]
    after_sb_2pri: Literal["disconnect", "violently-as0p"]
    resync_rate_mib: Rate
    c_max_rate_mib: Rate
    verify_alg: Literal["crc32c", "md5", "sha1"]
    ping_int_s: int = Field(ge=1, le=120, description=_seconds(1, 120))


class Pacemaker(StrictModel):
    """Settings of Pacemaker: cluster options, resource defaults and scores."""

    stonith_enabled: Switch
    no_quorum_policy: Literal["stop", "freeze", "ignore", "demote", "suicide"]
    resource_stickiness: Score
    migration_threshold: int = Field(ge=0, le=1_000_000, description="a count from 0 to 1000000")
    failure_timeout_s: int = Field(ge=0, le=DAY_S, description=_seconds(0))
    preference: Score
    """Score of a guest for its preferred node."""
    ping_lost: int = Field(ge=-1_000_000, le=0, description="a score from -1000000 to 0")
    """Score of a promotion on a node that has lost the ping target. It is finite, so that nothing
    stops when both data nodes have lost the target."""


class Ping(StrictModel):
    """Settings of the agent ocf:pacemaker:ping."""

    attempts: int = Field(ge=1, le=10, description="a count from 1 to 10")
    timeout_s: int = Field(ge=1, le=60, description=_seconds(1, 60))


class Systemd(StrictModel):
    """Settings of systemd on the data nodes. See systemd.resource-control(5)."""

    system_slice_cpu_weight: int = Field(ge=1, le=10_000, description="a weight from 1 to 10000")
    """CPUWeight= of the node's own services. That of the guests is 100."""


class GuestDisk(StrictModel):
    """Settings of a guest's disk in QEMU. See libvirt's domain format."""

    cache: Literal["none", "writethrough", "writeback", "directsync", "unsafe"]
    error_policy: Literal["report", "stop", "ignore", "enospace"]
    """A full or failing disk must cause an error in the guest, not a silent pause: VirtualDomain
    reports a paused guest as running."""


class Operations(StrictModel):
    """Timeouts and intervals of the agents' operations, as the agents' metadata advise them.

    `Timings` scales them for each acceleration.
    """

    fence_monitor_s: Duration
    fence_monitor_timeout_s: Duration
    ping_start_timeout_s: Duration
    ping_monitor_s: Duration
    ping_monitor_timeout_s: Duration
    drbd_start_timeout_s: Duration
    drbd_promote_timeout_s: Duration
    drbd_demote_timeout_s: Duration
    drbd_stop_timeout_s: Duration
    drbd_notify_timeout_s: Duration
    drbd_monitor_promoted_s: Duration
    drbd_monitor_unpromoted_s: Duration
    drbd_monitor_timeout_s: Duration
    guest_start_timeout_s: Duration
    guest_stop_timeout_s: Duration
    guest_monitor_s: Duration
    guest_monitor_timeout_s: Duration

    @property
    def longest_monitor(self) -> timedelta:
        """The longest monitor interval of the agents on a data node."""
        promoted_s, unpromoted_s = self.drbd_monitor_promoted_s, self.drbd_monitor_unpromoted_s
        intervals_s = (promoted_s, unpromoted_s, self.guest_monitor_s, self.ping_monitor_s)
        return timedelta(seconds=max(intervals_s))


class Timings(StrictModel):
    """Settings that differ between an emulated and an accelerated cluster."""

    drbd_ping_timeout_ds: int = Field(ge=1, le=300, description="tenths of a second, 1 to 300")
    drbd_timeout_ds: int = Field(ge=1, le=600, description="tenths of a second, 1 to 600")
    agent_scale: float = Field(gt=0, le=100, description="a factor above 0, at most 100")
    """Factor of the timeouts in `Operations`."""
    monitor_scale: float = Field(gt=0, le=100, description="a factor above 0, at most 100")
    """Factor of the monitor intervals in `Operations`."""
    stonith_timeout_s: int = Field(ge=1, le=3600, description=_seconds(1, 3600))
    ping_dampen_s: int = Field(ge=0, le=3600, description=_seconds(0, 3600))
    load_threshold_percent: int = Field(ge=0, le=100, description="percent from 0 to 100")
    """CPU load of a node above which Pacemaker runs fewer operations there at a time. 0 turns it
    off."""
    echo_period_ms: int = Field(ge=20, le=100, description="milliseconds from 20 to 100")
    """Period of the ICMP echoes to a guest after a fault bites."""
    write_period_ms: int = Field(ge=100, le=1000, description="milliseconds from 100 to 1000")
    """Period of the writes to a store. It is the resolution of outages of writes."""
    memory_ns: int = Field(ge=0, le=100_000, description="nanoseconds from 0 to 100000")
    """Latency of memory of the machine on which the objectives were measured. With 0, a slower
    machine excuses nothing."""
    quorum_stop_s: int = Field(ge=1, le=600, description=_seconds(1, 600))
    """Limit for the time in which a guest still runs on a node that has lost quorum."""
    patience_s: int = Field(ge=10, le=3600, description=_seconds(10, 3600))
    """Limit of a test's waits: until a node is fenced, a guest runs, or a client is answered."""
    rejoin_patience_s: int = Field(ge=10, le=3600, description=_seconds(10, 3600))
    """Limit for a node to boot, rejoin and resynchronize, until the cluster is settled."""

    @property
    def patience(self) -> timedelta:
        """Limit of a test's waits."""
        return timedelta(seconds=self.patience_s)

    @property
    def restored_patience(self) -> timedelta:
        """Limit for a restored cluster to become healthy.

        It becomes healthy within 5 s, within 15 s on a busy machine, or never.
        """
        return self.patience / 4

    @property
    def rejoin_patience(self) -> timedelta:
        """Limit for the cluster to settle after a node's return."""
        return timedelta(seconds=self.rejoin_patience_s)
