"""The types of an invariant and of its violation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.record.timeline import Record


@dataclass(frozen=True)
class Violation:
    """A breach of an invariant, with the evidence in one line."""

    invariant: str
    evidence: str
    sure: bool = False
    """See `Invariant.sure`."""

    def __str__(self) -> str:
        return f"{self.invariant}: {self.evidence}"


@dataclass(frozen=True)
class Invariant:
    """A property that must hold in every test, and the function that checks it."""

    number: str
    """`I1` to `I12`. Several entries may share a number."""
    sentence: str
    """The property in words, as README.md lists it."""
    check: Callable[[Record], Iterator[str]]
    """Yields one line of evidence for each breach."""
    sure: bool = False
    """Whether a breach fails the test even in an unfit lab: no lack of processors can cause it."""

    def violations(self, record: Record) -> Iterator[Violation]:
        """Yield all breaches in a record."""
        for evidence in self.check(record):
            yield Violation(self.number, evidence, self.sure)
