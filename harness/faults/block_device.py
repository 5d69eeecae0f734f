"""Faults of block devices, injected with a node's device mapper."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.shell import Unreachable
from harness.target.target import Needs, Target

SUSPEND = "dmsetup suspend --noflush --nolockfs {device}"
RESUME = "dmsetup resume {device}"
STATE = "dmsetup info -c --noheadings -o suspended {device}"
SWAP = f"dmsetup load {{device}} && {SUSPEND} && {RESUME}"
"""Replaces the table of a device with the one on standard input, while the device is open."""
KEPT = "/run/quorate.table-{guest}"
FAIL = f"""
dmsetup table {{device}} > {KEPT}.new && mv {KEPT}.new {KEPT} || exit
read -r begin sectors rest < {KEPT}
echo "0 $sectors error" | {{{{ {SWAP}; }}}}
"""
DETACHED = "drbdadm dstate {guest} | grep -q ^Diskless/"
FAILS = f"dmsetup table {{device}} | grep -q ' error' && {DETACHED}"
WORKS = f"! test -e {KEPT} && ! {{{{ {DETACHED}; }}}}"
REPAIR = f"""
test -e {KEPT} || exit 0
{{{{ {SWAP}; }}}} < {KEPT} || exit
! {{{{ {DETACHED}; }}}} || drbdadm attach {{guest}} || exit
rm {KEPT}
"""


@dataclass(frozen=True)
class StalledReplica:
    """The disk under one replica of a guest accepts no I/O and reports no error.

    Example:
        with inject(StalledReplica(peer, guest)):
            probe.wait_while_asking(timedelta(seconds=60))
    """

    node: Node
    guest: Guest
    volume_group: str = "vg_guests"
    _: KW_ONLY
    kind: Literal["stalled_replica"] = "stalled_replica"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"stalled disk of {self.guest}'s replica on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Suspend the device."""
        device = device_of(self.volume_group, self.guest)
        target.shell.check(self.node, SUSPEND.format(device=device))

    def bites(self, target: Target) -> bool:
        """The device mapper reports it as suspended.

        The fault does not bite on a node that does not answer: a reboot resumes the device.
        """
        try:
            return target.shell.run(self.node, self._state).stdout.strip() == "Suspended"
        except Unreachable:
            return False

    def gone(self, target: Target) -> bool:
        """The device mapper reports it as active."""
        return target.shell.run(self.node, self._state).stdout.strip() == "Active"

    def lift(self, target: Target) -> None:
        """Resume the device as soon as the node can be reached."""
        resume = RESUME.format(device=device_of(self.volume_group, self.guest))
        run_when_reachable(target, self.node, resume, f"{self.name} is lifted")

    @property
    def _state(self) -> str:
        return STATE.format(device=device_of(self.volume_group, self.guest))


@dataclass(frozen=True)
class FailedReplica:
    """The device under a guest's replica on a node fails all I/O, until the fault is lifted.

    DRBD detaches from it (`on-io-error detach`, drbd.conf-8.4(5)). Pacemaker then moves the guest
    away from this node. The lift attaches the device again.

    Example:
        with inject(FailedReplica(cluster.host_of(guest), guest)):
            probe.wait_until_answered()
    """

    node: Node
    guest: Guest
    _: KW_ONLY
    volume_group: str = "vg_guests"
    kind: Literal["failed_replica"] = "failed_replica"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"failed disk of {self.guest}'s replica on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Replace the device's table with one that fails all I/O, and keep the old one."""
        target.shell.check(self.node, self._form(FAIL))

    def bites(self, target: Target) -> bool:
        """The device's table fails all I/O, and DRBD has detached from it."""
        return succeeds(target, self.node, self._form(FAILS))

    def gone(self, target: Target) -> bool:
        """The device has its old table, and DRBD is attached to it."""
        return succeeds(target, self.node, self._form(WORKS))

    def lift(self, target: Target) -> None:
        """Restore the table and attach the replica, as soon as the node can be reached."""
        run_when_reachable(target, self.node, self._form(REPAIR), f"{self.name} is repaired")

    def _form(self, command: str) -> str:
        return command.format(device=device_of(self.volume_group, self.guest), guest=self.guest)


def device_of(volume_group: str, guest: Guest) -> str:
    """Return the name of a replica's device. The device mapper doubles dashes (lvm(8))."""
    return "-".join(name.replace("-", "--") for name in (volume_group, guest.name))
