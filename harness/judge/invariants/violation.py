"""What an invariant is, and what breaking it leaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.record.timeline import Record


@dataclass(frozen=True)
class Violation:
    """An invariant that was broken, and the evidence in one line."""

    invariant: str
    evidence: str
    sure: bool = False
    """Would it fail in any lab, however starved?"""

    def __str__(self) -> str:
        return f"{self.invariant}: {self.evidence}"


@dataclass(frozen=True)
class Invariant:
    """Something that must hold in every test, and the function that looks for its breach."""

    number: str
    """As in the catalogue of acceptance; several invariants may share one."""
    sentence: str
    check: Callable[[Record], Iterator[str]]
    """Yields one line of evidence for each breach."""
    sure: bool = False
    """Does a breach fail the test in any lab? No lack of processors brings it about."""

    def violations(self, record: Record) -> Iterator[Violation]:
        """All breaches on that record."""
        for evidence in self.check(record):
            yield Violation(self.number, evidence, self.sure)
