"""What every invariant tells when it does not hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """An invariant that was broken, and the evidence in one line."""

    invariant: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.evidence}"
