"""A resynchronisation of a replica that takes long."""

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

MARK = "/run/quorate.resync-{guest}"
BEGIN = f"""
touch {MARK} &&
drbdadm disk-options --c-plan-ahead=0 --resync-rate={{rate_kib}}k {{guest}} &&
drbdadm invalidate {{guest}}"""
"""The target of a resync chooses its rate. Without a plan, the rate is fixed (drbd.conf-8.4(5))."""
RUNS = f"test -e {MARK} && drbdadm dstate {{guest}} | grep -q ^Inconsistent/"
LIMITED = f"! test -e {MARK} || {{{{ drbdadm adjust {{guest}} && rm {MARK}; }}}}"


@dataclass(frozen=True)
class SlowResync:
    """A secondary replica is invalid, and gets all its data anew at a low rate.

    After the lift, or a reboot of either node, the rest is copied at the usual rate: when replicas
    connect, the target takes over the source's rate (drbd_receiver.c, receive_SyncParam).

    Example:
        with inject(SlowResync(peer, guest)), inject(PowerOff(host)):
            cluster.holds(stopped_on(guest, peer), throughout=timedelta(seconds=45))
    """

    node: Node
    guest: Guest
    rate_kib: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """KiB a second."""
    _: KW_ONLY
    kind: Literal["slow_resync"] = "slow_resync"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"slow resync of {self.guest}'s replica on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Limit the rate, and declare the replica invalid."""
        target.shell.check(self.node, self._form(BEGIN))

    def bites(self, target: Target) -> bool:
        """DRBD reports the replica as inconsistent."""
        return succeeds(target, self.node, self._form(RUNS))

    def gone(self, target: Target) -> bool:
        """The rate has no limit of the fault."""
        return succeeds(target, self.node, f"! test -e {self._form(MARK)}")

    def lift(self, target: Target) -> None:
        """Restore the configured rate as soon as the node can be reached."""
        purpose = f"the resync of {self.guest} on {self.node} has its usual rate"
        run_when_reachable(target, self.node, self._form(LIMITED), purpose)

    def _form(self, command: str) -> str:
        return command.format(guest=self.guest, rate_kib=self.rate_kib)
