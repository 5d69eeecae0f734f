"""Faults of a service of a node: restarted, as by an upgrade of its package, or stopped."""

from dataclasses import KW_ONLY
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from harness.faults.node_command import run_when_reachable, succeeds
from harness.plan.plan import NodePlan
from harness.plan.references import Node
from harness.target.target import Needs, Target

MARK = "/run/quorate.invocation"
"""Holds the id of the service's run before the restart (systemd.exec(5), INVOCATION_ID)."""
CURRENT = "systemctl show --property InvocationID --value {service}"
RESTART = f"{CURRENT} > {MARK} && systemctl --no-block restart {{service}}"
RESTARTS = f"""
test -s {MARK} && {{{{ [ "$({CURRENT})" != "$(cat {MARK})" ] ||
[ -n "$(systemctl show --property Job --value {{service}})" ]; }}}}"""
RESTARTED = f"systemctl is-active --quiet {{service}} && rm -f {MARK}"

UNITS = "{service} $(systemctl show --property TriggeredBy --value {service})"
"""A service and its sockets, which would start it again."""


@dataclass(frozen=True)
class RestartedService:
    """A service of a node is restarted, with the services that require it.

    The restart does not wait for its end. systemd stops and starts Pacemaker with Corosync.

    Example:
        with inject(RestartedService(host, "corosync")):
            cluster.wait_until(runs_on(guest, cluster.peer_of(host)))
    """

    node: Node
    service: str
    _: KW_ONLY
    kind: Literal["restarted_service"] = "restarted_service"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"restart of {self.service} on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Request the restart."""
        target.shell.check(self.node, RESTART.format(service=self.service))

    def bites(self, target: Target) -> bool:
        """The service runs anew, or systemd is about to restart it."""
        return succeeds(target, self.node, RESTARTS.format(service=self.service))

    def gone(self, target: Target) -> bool:
        """The service runs, and the mark is removed."""
        active = f"systemctl is-active --quiet {self.service} && ! test -e {MARK}"
        return succeeds(target, self.node, active)

    def lift(self, target: Target) -> None:
        """Wait until the service runs."""
        command = RESTARTED.format(service=self.service)
        run_when_reachable(target, self.node, command, f"{self.service} runs on {self.node}")


@dataclass(frozen=True)
class StoppedService:
    """A service of a node is stopped, with its sockets, until the fault is lifted.

    Example:
        with inject(StoppedService(host, "libvirtd")):
            cluster.holds(runs_on(guest, host), throughout=timedelta(minutes=1))
    """

    node: Node
    service: str
    _: KW_ONLY
    kind: Literal["stopped_service"] = "stopped_service"

    needs: ClassVar[Needs] = Needs()
    disturbs_guests: ClassVar[bool] = True
    ends_with_boot: ClassVar[bool] = True
    blinds: ClassVar[bool] = False
    may_be_fenced: ClassVar[tuple[NodePlan, ...]] = ()

    @property
    def name(self) -> str:
        """See `Fault.name`."""
        return f"{self.service} stopped on {self.node}"

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """See `Fault.victims`."""
        return (self.node,)

    def inject(self, target: Target) -> None:
        """Stop the service and its sockets."""
        target.shell.check(self.node, f"systemctl stop {self._units()}")

    def bites(self, target: Target) -> bool:
        """The service does not run."""
        return succeeds(target, self.node, f"! systemctl is-active --quiet {self.service}")

    def gone(self, target: Target) -> bool:
        """The service runs."""
        return succeeds(target, self.node, f"systemctl is-active --quiet {self.service}")

    def lift(self, target: Target) -> None:
        """Start the sockets and the service."""
        command = f"systemctl start {self._units()}"
        run_when_reachable(target, self.node, command, f"{self.service} runs on {self.node}")

    def _units(self) -> str:
        return UNITS.format(service=self.service)
