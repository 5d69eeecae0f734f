"""What is said of a test in the end: its verdict, the grounds, and what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from harness.judge.measures.outage import Outage
from harness.judge.measures.phases import Phase
from harness.judge.measures.write_loss import Losses


class Verdict(StrEnum):
    """What a test says of the cluster."""

    PASS = "pass"
    FAIL = "fail"
    """The cluster broke a promise."""
    INVALID = "invalid"
    """The lab could not run an honest test: says nothing of the cluster."""


@dataclass(frozen=True)
class Judgement:
    """The verdict with its grounds."""

    verdict: Verdict
    reasons: tuple[str, ...]
    outages: Mapping[str, Outage | None]
    """Of each guest that was probed, the longest; None when every question was answered."""
    refusals: Mapping[str, Outage | None]
    """The same of connections: how long nothing at the guest's address took one."""
    silences: Mapping[str, Outage | None]
    """The same of echoes: how long the guest's address was away, whatever it serves."""
    phases: Mapping[str, Sequence[Phase]]
    acknowledged: Mapping[str, int]
    """Of each store that was written to, how many writes it confirmed."""
    losses: Mapping[str, Losses]
    """Of each store that was read in the end."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it: what a run stores and `quorate judge` compares."""
        return {
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "outages": _outages(self.outages),
            "refusals": _outages(self.refusals),
            "silences": _outages(self.silences),
            "phases": {guest: [_phase(p) for p in told] for guest, told in self.phases.items()},
            "acknowledged": dict(self.acknowledged),
            "losses": {store: str(what) for store, what in self.losses.items()},
        }


def _outages(of: Mapping[str, Outage | None]) -> dict[str, dict[str, Any] | None]:
    return {guest: _outage(outage) if outage else None for guest, outage in of.items()}


def _outage(outage: Outage) -> dict[str, Any]:
    seconds = {"length_s": outage.length, "resolution_s": outage.resolution}
    return {key: _rounded(length) for key, length in seconds.items()} | {"over": outage.over}


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "phase": f"{phase.begin.what} → {phase.end.what}",
        "length_s": _rounded(phase.length),
        "uncertainty_s": _rounded(phase.uncertainty),
        "told_apart": phase.told_apart,
    }


def _rounded(length: timedelta) -> float:
    return round(length.total_seconds(), 3)
