"""A testinfra backend over the harness's shell.

testinfra's own backends have no command timeout.
"""

from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from harness.plan.plan import NodePlan
from harness.target.target import Shell


class ShellBackend(BaseBackend):  # type: ignore[misc]  # testinfra is untyped
    """The backend for one node."""

    NAME = "quorate"

    def __init__(self, node: NodePlan, shell: Shell, *args: Any, **kwargs: Any) -> None:
        super().__init__(node.name, *args, **kwargs)
        self._node = node
        self._shell = shell

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        """Run a command with testinfra's quoting."""
        done = self._shell.run(self._node, self.get_command(command, *args))
        return self.result(done.code, self.encode(done.command), done.stdout, done.stderr)


def host_of(node: NodePlan, shell: Shell) -> Host:
    """Return testinfra's host object for a node."""
    return Host(ShellBackend(node, shell))
