"""A split brain: both replicas of a guest have data that the other one lacks."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

STOP = "virsh --quiet --connect qemu:///system destroy {guest}; drbdadm secondary {guest}"
PART = "drbdadm disconnect {guest} && drbdadm disk-options --fencing=dont-care {guest}"
WRITE = """
drbdadm primary --force {guest} && sync &&
dd if=/dev/drbd{minor} of=/dev/drbd{minor} bs=4096 count=1 oflag=direct conv=notrunc 2>/dev/null &&
drbdadm secondary {guest}"""
"""A primary without its peer begins a new generation of data with its first write, also if that
changes no byte (drbd.conf-8.4(5), after-sb-0pri)."""
MEET = "drbdadm adjust {guest}"
APART = "drbdadm cstate {guest} | grep -Eq '^(StandAlone|WFConnection)$'"
DISCARD = """
drbdadm disconnect {guest}; drbdadm connect --discard-my-data {guest}"""
JOIN = "drbdadm cstate {guest} | grep -Evq '^StandAlone$' || drbdadm connect {guest}"
PROBE = (
    "crm_resource --refresh --resource drbd-{guest} && crm_resource --refresh --resource {guest}"
)
"""Pacemaker otherwise counts the guest and the primary that a person stopped as failed."""
JOINED = "drbdadm cstate {guest} | grep -Eq '^(Connected|Sync.*)$'"


@dataclass(frozen=True)
class SplitBrain:
    """A person makes each replica of a guest primary while they are not connected.

    Both are written, one after the other, so there is never a second primary. They are connected
    again, and DRBD detects the split brain. The lift discards the data of the replica on `loser`.
    The guest is stopped behind Pacemaker's back, so this needs maintenance mode.

    Example:
        with inject(Maintenance()), inject(SplitBrain(guest, host, peer)):
            cluster.holds(disconnected(guest), throughout=timedelta(seconds=30))
    """

    guest: Guest
    node: Node
    """The node that runs the guest."""
    loser: Node
    """The other data node."""
    _: KW_ONLY
    kind: Literal["split_brain"] = "split_brain"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"split brain of {self.guest}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node, self.loser)

    def inject(self, target: Target) -> None:
        """Stop the guest, write to each replica on its own, and connect them."""
        target.shell.check(self.node, self._form(STOP))
        for command in (PART, WRITE, MEET):
            for node in self.victims:
                target.shell.check(node, self._form(command))

    def bites(self, target: Target) -> bool:
        """No replica is connected, and at least one refuses to connect."""
        return all(succeeds(target, node, self._form(APART)) for node in self.victims)

    def gone(self, target: Target) -> bool:
        """Both replicas are connected."""
        return all(succeeds(target, node, self._form(JOINED)) for node in self.victims)

    def lift(self, target: Target) -> None:
        """Discard the data of one replica, as a person does who knows which one is newer.

        Then Pacemaker probes the guest and its replicas anew.
        """
        if not self.gone(target):
            purpose = f"the replicas of {self.guest} are connected"
            run_when_reachable(target, self.loser, self._form(DISCARD), purpose)
            run_when_reachable(target, self.node, self._form(JOIN), purpose)
            target.shell.check(target.plan.arbitrator, self._form(PROBE))

    def _form(self, command: str) -> str:
        return command.format(guest=self.guest, minor=self.guest.minor)
