"""What is stated of a test in the end: its verdict, the grounds, and what was measured."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import Phase
from harness.judge.measures.write_loss import Losses


class Verdict(StrEnum):
    """What a test tells of the cluster."""

    PASS = "pass"
    FAIL = "fail"
    """The cluster broke a promise."""
    INVALID = "invalid"
    """The lab could not run an honest test: nothing is known of the cluster."""


@dataclass(frozen=True)
class Service:
    """A guest's service as its clients had it."""

    outages: Sequence[Outage] = ()
    """All, in their order."""
    phases: Sequence[Phase] = ()
    """Of the outage that the fault made, if it made one."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "outages": [outage.plain() for outage in self.outages],
            "phases": [phase.plain() for phase in self.phases],
        }


@dataclass(frozen=True)
class Judgement:
    """The verdict with its grounds."""

    verdict: Verdict
    broken: tuple[str, ...] = ()
    """Promises that the cluster broke."""
    unfit: tuple[str, ...] = ()
    """Why the lab could not run an honest test."""
    causes: tuple[str, ...] = ()
    """What is known of why."""
    reads: Mapping[str, Service] = field(default_factory=dict)
    """By guest, over HTTP."""
    connections: Mapping[str, Service] = field(default_factory=dict)
    """By guest: did anything at its address take a connection?"""
    echoes: Mapping[str, Service] = field(default_factory=dict)
    """By guest: did its address answer?"""
    writes: Mapping[str, Service] = field(default_factory=dict)
    """By store."""
    acknowledged: Mapping[str, int] = field(default_factory=dict)
    """By store: how many writes it confirmed."""
    losses: Mapping[str, Losses] = field(default_factory=dict)
    """By store that was read in the end."""
    limits: tuple[str, ...] = ()
    """Each objective, what was measured, and whether it was kept."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """All grounds of the verdict, those that decided it first."""
        if self.verdict is Verdict.INVALID:
            return (*self.unfit, *self.broken)
        return (*self.broken, *self.unfit)

    def plain(self) -> dict[str, Any]:
        """As JSON has it: what a run stores and `quorate judge` compares."""
        return {
            "verdict": self.verdict.value,
            "broken": list(self.broken),
            "unfit": list(self.unfit),
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
    """An unfit lab tells nothing, except of what no lab can bring about: `surely` broken."""
    if surely:
        return Verdict.FAIL
    if any(True for _ in unfit):
        return Verdict.INVALID
    return Verdict.FAIL if any(True for _ in broken) else Verdict.PASS


def _plain(services: Mapping[str, Service]) -> dict[str, Any]:
    return {name: service.plain() for name, service in services.items()}
