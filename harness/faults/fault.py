"""What every fault is: a frozen value that can be injected, proved, and undone."""

from datetime import timedelta
from typing import ClassVar, Protocol

from pydantic import JsonValue, TypeAdapter

from harness.plan.plan import NodePlan
from harness.target.target import Needs, Target

EXPIRY = timedelta(minutes=30)
"""A fault ends by itself after this, also when the harness is gone: longer than any test."""


class Fault(Protocol):
    """A frozen pydantic dataclass; its fields name parts of the plan (`harness.plan.references`).

    It may hit one node, the link between two, or all three.
    """

    needs: ClassVar[Needs]

    @property
    def name(self) -> str:
        """Names it on the record and in reports; differs from other faults of the same test."""

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """The nodes that it hits."""

    @property
    def may_be_fenced(self) -> tuple[NodePlan, ...]:
        """The nodes that may lose their power for it, each once."""

    @property
    def disturbs_guests(self) -> bool:
        """May guests on its victims stop or move for it?"""

    def inject(self, target: Target) -> None:
        """Do the harm."""

    def bites(self, target: Target) -> bool:
        """Is the harm there, seen independently of what `inject` did?"""

    def gone(self, target: Target) -> bool:
        """Is nothing of the harm left? More than that it does not bite."""

    def lift(self, target: Target) -> None:
        """Undo it; harmless when it is undone already, and after a half-done `inject`."""


def as_json(fault: Fault) -> dict[str, JsonValue]:
    """The fault as expiry, record and replay read it: its kind, and its fields by name."""
    form: dict[str, JsonValue] = TypeAdapter(type(fault)).dump_python(fault, mode="json")
    return form
