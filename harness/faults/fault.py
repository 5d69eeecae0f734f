"""What every fault is: a frozen value that can be injected, proved, and undone."""

from datetime import timedelta
from typing import Protocol

from harness.lab.lab import Lab
from harness.plan.plan import NodePlan

EXPIRY = timedelta(minutes=30)
"""A fault ends by itself after this, also when the harness is gone: longer than any test."""


class Fault(Protocol):
    """A frozen value; fields are parts of the plan, so it can be sent to another process.

    `str(fault)` names it on the record and in reports.
    """

    @property
    def victims(self) -> tuple[NodePlan, ...]:
        """The nodes that it hits."""

    @property
    def may_be_fenced(self) -> tuple[NodePlan, ...]:
        """The nodes that may lose their power for it, each once."""

    @property
    def disturbs_guests(self) -> bool:
        """May guests on its victims stop or move for it?"""

    def inject(self, lab: Lab) -> None:
        """Do the harm."""

    def bites(self, lab: Lab) -> bool:
        """Is the harm there, seen independently of what `inject` did?"""

    def gone(self, lab: Lab) -> bool:
        """Is nothing of the harm left? More than that it does not bite."""

    def lift(self, lab: Lab) -> None:
        """Undo it; harmless when it is undone already, and after a half-done `inject`."""
