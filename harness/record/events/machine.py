"""What this machine, its hypervisor and the serial consoles report, and what nobody could see."""

from typing import Literal

from pydantic import Field

from harness.record.events.base import Event


class ConsoleLine(Event):
    """A line of a serial console of a node or a guest, noted when it was read."""

    kind: Literal["console_line"] = "console_line"
    machine: str
    text: str


class PowerState(Event):
    """Does a machine have power? As the hypervisor answers when it is asked."""

    kind: Literal["power_state"] = "power_state"
    node: str
    on: bool


class PowerChange(Event):
    """A change of a machine's power, as the hypervisor reports it."""

    kind: Literal["power_change"] = "power_change"
    node: str
    change: str
    """started, suspended, resumed, stopped, shut down, …"""


class HostLoad(Event):
    """How this machine's scheduler served the lab in the second that ends at `at_s`."""

    kind: Literal["host_load"] = "host_load"
    seconds: float = Field(gt=0)
    waited: dict[str, float]
    """By node: share of the time for which its processor could run and was not let."""
    stalled_s: dict[str, float]
    """By node: longest stretch for which its processor could run and did not run at all."""
    strangers: float
    """Share of this machine's processors that others took: not the lab, not the harness."""
    stolen: float
    """Share that the hypervisor under this machine took."""


class Blind(Event):
    """An observer could not see a part of what it watches."""

    kind: Literal["blind"] = "blind"
    observer: str
    part: str
    reason: str


MachineEvent = ConsoleLine | PowerState | PowerChange | HostLoad | Blind
