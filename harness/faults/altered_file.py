"""A configuration file of a node that differs from those of the other nodes."""

import shlex
from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

KEPT = "{path}.quorate"
ALTER = (
    f"cp -p {{path}} {KEPT} && sed -i -E {{script}} {{path}} && ! cmp -s {{path}} {KEPT}"
    f" && sync {{path}} {KEPT}"
)
"""On disk at once: a power cut may follow."""
ALTERED = f"test -e {KEPT} && ! cmp -s {{path}} {KEPT}"
RESTORE = f"! test -e {KEPT} || {{{{ cp -p {KEPT} {{path}} && {{apply}} && rm {KEPT}; }}}}"


@dataclass(frozen=True)
class AlteredFile:
    """A configuration file of one node is altered with a script of sed(1), and applied by a boot.

    The lift restores the file, and applies it with a command.

    Example:
        script = "s/^ *token:.*/token: 500/"
        with inject(AlteredFile(host, "/etc/corosync/corosync.conf", script)):
            cluster.holds(nobody_fenced_but(), throughout=timedelta(minutes=1))
    """

    node: Node
    path: str
    script: str
    apply: str = "true"
    """Command on the node after its file is restored."""
    _: KW_ONLY
    kind: Literal["altered_file"] = "altered_file"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = False
    ends_with_boot: ClassVar[bool] = False
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"{self.path} altered on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Alter the file, and keep the old one beside it."""
        target.shell.check(self.node, self._form(ALTER))

    def bites(self, target: Target) -> bool:
        """The file differs from the old one."""
        return succeeds(target, self.node, self._form(ALTERED))

    def gone(self, target: Target) -> bool:
        """The node answers, and no old file is kept."""
        return succeeds(target, self.node, f"! test -e {self._form(KEPT)}")

    def lift(self, target: Target) -> None:
        """Restore the file and apply it, as soon as the node can be reached."""
        purpose = f"{self.path} is restored on {self.node}"
        run_when_reachable(target, self.node, self._form(RESTORE), purpose)

    def _form(self, command: str) -> str:
        script = shlex.quote(self.script)
        return command.format(path=self.path, script=script, apply=self.apply)
