"""The judgement of a test: its verdict, the reasons, and the measures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import Phase
from harness.judge.measures.write_loss import Losses


class Verdict(StrEnum):
    """The result of a test."""

    PASS = "pass"
    FAIL = "fail"
    """The cluster broke a promise."""
    INVALID = "invalid"
    """The lab could not run an honest test, so the result says nothing about the cluster."""


@dataclass(frozen=True)
class Service:
    """A guest's service, as its clients experienced it."""

    outages: Sequence[Outage] = ()
    """All outages, in order."""
    phases: Sequence[Phase] = ()
    """The phases of the outage that the fault caused, if any."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "outages": [outage.plain() for outage in self.outages],
            "phases": [phase.plain() for phase in self.phases],
        }


@dataclass(frozen=True)
class Judgement:
    """The verdict of a test with its reasons and measures."""

    verdict: Verdict
    broken: tuple[str, ...] = ()
    """Promises that the cluster broke, one line each."""
    unfit: tuple[str, ...] = ()
    """Why the lab could not run an honest test, one line each."""
    gaps: tuple[str, ...] = ()
    """Known gaps of the stack under test, one line each. They do not fail the test."""
    causes: tuple[str, ...] = ()
    """Known causes, one line each."""
    reads: Mapping[str, Service] = field(default_factory=dict)
    """By guest, over HTTP."""
    connections: Mapping[str, Service] = field(default_factory=dict)
    """By guest, TCP connections."""
    echoes: Mapping[str, Service] = field(default_factory=dict)
    """By guest, ICMP echoes."""
    writes: Mapping[str, Service] = field(default_factory=dict)
    """By store."""
    acknowledged: Mapping[str, int] = field(default_factory=dict)
    """By store: number of acknowledged writes."""
    losses: Mapping[str, Losses] = field(default_factory=dict)
    """By store that was read at the end."""
    limits: tuple[str, ...] = ()
    """Each objective, with the measured value and whether it was met."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """All reasons for the verdict, the decisive ones first."""
        if self.verdict is Verdict.INVALID:
            return (*self.unfit, *self.broken)
        return (*self.broken, *self.unfit)

    def plain(self) -> dict[str, Any]:
        """Return it for JSON. A run stores this, and `quorate judge` compares it."""
        return {
            "verdict": self.verdict.value,
            "broken": list(self.broken),
            "unfit": list(self.unfit),
            "gaps": list(self.gaps),
            "causes": list(self.causes),
            "reads": _plain(self.reads),
            "connections": _plain(self.connections),
            "echoes": _plain(self.echoes),
            "writes": _plain(self.writes),
            "acknowledged": dict(self.acknowledged),
            "losses": {store: str(losses) for store, losses in self.losses.items()},
            "limits": list(self.limits),
        }


def verdict_of(broken: Iterable[str], unfit: Iterable[str], *, surely: bool) -> Verdict:
    """Return the verdict for the promises broken and the reasons why the lab was unfit.

    An unfit lab makes the test invalid unless `surely`: then a breach was found that no lab causes.
    """
    if surely:
        return Verdict.FAIL
    if any(True for _ in unfit):
        return Verdict.INVALID
    return Verdict.FAIL if any(True for _ in broken) else Verdict.PASS


def _plain(services: Mapping[str, Service]) -> dict[str, Any]:
    return {name: service.plain() for name, service in services.items()}
