"""A disk under a replica that works badly: slow, or one that forgets what it confirms."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.block_device import KEPT, SWAP, device_of
from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Guest, Node
from harness.target.target import Needs, Target

SLOW_MS = 200
"""Time that each I/O of a slow disk takes longer. A write of a guest needs several."""
TABLES = {
    "slow": f"delay $device $offset {SLOW_MS}",
    "forgetful": "flakey $device $offset 0 86400 1 drop_writes",
}
"""Targets of the device mapper (Documentation/admin-guide/device-mapper of Linux). `flakey` is up
for no second and down for a day: it confirms each write and drops it."""
REPLACE = f"""
dmsetup table {{device}} > {KEPT}.new && mv {KEPT}.new {KEPT} || exit
read -r begin sectors linear device offset < {KEPT}
echo "0 $sectors {{table}}" | {{{{ {SWAP}; }}}}
"""
RESTORE = f"""
test -e {KEPT} || exit 0
{{{{ {SWAP}; }}}} < {KEPT} && rm {KEPT}
"""
REPLACED = "dmsetup table {device} | grep -q ' {word} '"


@dataclass(frozen=True)
class BadReplica:
    """The disk under one replica of a guest is slow, or confirms writes and forgets them.

    After the lift a forgetful disk lacks the writes of the meantime. Only a verification by DRBD
    finds them (drbdadm(8), verify).

    Example:
        with inject(BadReplica(peer, guest, "slow")):
            cluster.holds(runs_on(guest, host), throughout=timedelta(minutes=1))
    """

    node: Node
    guest: Guest
    how: Literal["slow", "forgetful"]
    _: KW_ONLY
    volume_group: str = "vg_guests"
    kind: Literal["bad_replica"] = "bad_replica"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"{self.how} disk of {self.guest}'s replica on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Replace the device's table, and keep the old one."""
        target.shell.check(self.node, self._form(REPLACE))

    def bites(self, target: Target) -> bool:
        """The device mapper reports the table of the fault."""
        return succeeds(target, self.node, self._form(REPLACED))

    def gone(self, target: Target) -> bool:
        """The old table is in force."""
        return succeeds(target, self.node, self._form(f"! test -e {KEPT}"))

    def lift(self, target: Target) -> None:
        """Restore the table as soon as the node can be reached."""
        run_when_reachable(target, self.node, self._form(RESTORE), f"{self.name} is repaired")

    def _form(self, command: str) -> str:
        device, table = device_of(self.volume_group, self.guest), TABLES[self.how]
        word = table.partition(" ")[0]
        return command.format(device=device, guest=self.guest, table=table, word=word)
