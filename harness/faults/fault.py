"""The protocol of a fault: a frozen value that can be injected, proved and lifted."""

from datetime import timedelta
from typing import ClassVar, Protocol

from pydantic import JsonValue, TypeAdapter

from harness.plan.plan import NodePlan
from harness.target.target import Needs, Target

EXPIRY = timedelta(minutes=30)
"""Time after which a fault is lifted even without the harness. It is longer than any test."""


class Fault(Protocol):
    """A frozen pydantic dataclass whose fields name parts of the plan (`harness.plan.references`).

    A fault may hit one node, the link between two nodes, or all three nodes.
    """

    needs: ClassVar[Needs]

    @property
    def name(self) -> str:
        """Name on the record and in reports. Two different faults have different names."""

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """The nodes that the fault hits."""

    @property
    def may_be_fenced(self) -> tuple[NodePlan, ...]:
        """The nodes that may lose power because of it, each once."""

    @property
    def disturbs_guests(self) -> bool:
        """Whether guests on the victims may stop or move because of it."""

    @property
    def ends_with_boot(self) -> bool:
        """Whether nothing of the fault is left on a victim that has booted anew."""

    @property
    def blinds(self) -> bool:
        """Whether nothing can be observed inside its victims until they boot anew."""

    def inject(self, target: Target) -> None:
        """Inject the fault."""

    def bites(self, target: Target) -> bool:
        """Return whether the fault has its effect, by other means than `inject` used."""

    def gone(self, target: Target) -> bool:
        """Return whether nothing of the fault is left. This is more than that it does not bite."""

    def lift(self, target: Target) -> None:
        """Undo the fault. Must be safe to repeat, and after an incomplete `inject`."""


def as_json(fault: Fault) -> dict[str, JsonValue]:
    """Convert a fault to JSON for expiry and record: its kind, and its fields by name."""
    form: dict[str, JsonValue] = TypeAdapter(type(fault)).dump_python(fault, mode="json")
    return form
