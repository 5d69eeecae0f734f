"""Reports of this machine, its hypervisor and the serial consoles; gaps of observers."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event


class ConsoleLine(Event):
    """A line from the serial console of a node or a guest. `at_s` is when it was read."""

    kind: Literal["console_line"] = "console_line"
    machine: str
    text: str


class PowerState(Event):
    """The hypervisor's answer to the question whether a machine has power."""

    kind: Literal["power_state"] = "power_state"
    node: str
    on: bool


class PowerChange(Event):
    """A change of a machine's power, reported by the hypervisor."""

    kind: Literal["power_change"] = "power_change"
    node: str
    change: str
    """For example started, suspended, resumed, stopped, shut down."""


class HostLoad(Event):
    """Processor time that the lab got and missed in the second that ends at `at_s`."""

    kind: Literal["host_load"] = "host_load"
    seconds: float = Field(gt=0)
    waited: dict[str, float]
    """By node: share of the time for which its processor was ready to run and did not run."""
    stalled_s: dict[str, float]
    """By node: longest period in which its processor was ready to run and did not run at all."""
    strangers: float
    """Share of this machine's processors used by neither the lab nor the harness."""
    busiest: str = ""
    """Name of the process that took most of `strangers`, if that was looked for."""
    stolen: float
    """Share of this machine's processors taken by the hypervisor under it (steal time)."""
    memory_ns: float = 0.0
    """How much longer a random read of memory takes than a read of the first cache."""


class Blind(Event):
    """An observer could not observe one of its parts."""

    kind: Literal["blind"] = "blind"
    observer: str
    part: str
    reason: str


MachineEvent = ConsoleLine | PowerState | PowerChange | HostLoad | Blind
