"""A fault that records its calls, and its expiry."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import JsonValue

from harness.plan.plan import NodePlan
from harness.target.target import Capability, Needs, Target


@dataclass
class FakeFault:
    """Records its calls. Each step can be made to fail."""

    victims: tuple[NodePlan, ...]
    may_be_fenced: tuple[NodePlan, ...] = ()
    disturbs_guests: bool = True
    ends_with_boot: bool = False
    blinds: bool = False
    needs: ClassVar[Needs] = Needs({Capability.POWER})
    name: str = "fault"
    breaks_at: str = ""
    takes_hold: bool = True
    heals: bool = True
    late_answers: list[bool] = field(default_factory=list)
    """The first results of `bites`."""
    done: list[str] = field(default_factory=list)
    there: bool = False
    at_injection: Callable[[], None] = lambda: None

    def inject(self, target: Target) -> None:
        self.at_injection()
        self._do("inject")
        self.there = self.takes_hold

    def bites(self, target: Target) -> bool:
        return self.late_answers.pop(0) if self.late_answers else self.there

    def gone(self, target: Target) -> bool:
        self.done.append("gone?")
        return not self.there

    def lift(self, target: Target) -> None:
        self._do("lift")
        self.there = self.there and not self.heals

    def _do(self, step: str) -> None:
        self.done.append(step)
        if step == self.breaks_at:
            raise OSError(f"{step} went wrong")


class FakeExpiry:
    """Records in the fault's own list when the expiry is created and when it is cancelled."""

    def __init__(self, target: Target, fault: FakeFault) -> None:
        self._done = fault.done
        self._done.append("expiry")

    def cancel(self) -> None:
        self._done.append("cancel")


def as_json(fault: FakeFault) -> dict[str, JsonValue]:
    return {"kind": fault.name}
