"""Verdicts as people read them: of one test, and of a test's repeats."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from harness.errors import LabError
from harness.judge.verdict import judge
from harness.record.timeline import Event, read

VERDICT = "verdict.json"
TIMELINE = "timeline.jsonl"
REPEAT = re.compile(r"\[repeat\d+\]|-repeat\d+|(?<=\[)repeat\d+-")
Plain = Mapping[str, Any]
"""A judgement as it is stored."""


def stored(run: Path) -> dict[str, Plain]:
    """What a run said of each test, by the name of the test's folder."""
    files = sorted(run.glob(f"*/{VERDICT}"))
    return {file.parent.name: json.loads(file.read_text()) for file in files}


def judged_again(run: Path) -> dict[str, Plain]:
    """What the stored timelines of a run say now.

    Raises:
        LabError: one of them is gone.
    """
    return {name: judge(_record(run / name / TIMELINE)).plain() for name in stored(run)}


def _record(file: Path) -> list[Event]:
    try:
        return read(file)
    except FileNotFoundError:
        raise LabError(f"{file}: gone; without its record a test cannot be judged") from None


def differences(before: Plain, now: Plain) -> list[str]:
    """What of a judgement has changed, a line for each."""
    changed = [key for key in before if before[key] != now.get(key)]
    return [f"{key}: was {before[key]}, is {now.get(key)}" for key in changed]


def told(plain: Plain) -> Iterator[str]:
    """One test's judgement, line by line."""
    yield f"verdict: {plain['verdict']}"
    yield from (f"  {reason}" for reason in plain["reasons"])
    for guest, outage in plain["outages"].items():
        refused, silent = (_outage(plain[of][guest]) for of in ("refusals", "silences"))
        yield f"{guest}: away {_outage(outage)} (HTTP), {refused} (TCP), {silent} (echo)"
        if outage:
            yield from (f"    {_phase(phase)}" for phase in plain["phases"][guest])
    for store, writes in plain["acknowledged"].items():
        kept = plain["losses"].get(store, "the store was not read")
        yield f"{store}: {writes} writes acknowledged, {kept}"


def repeated(judged: Mapping[str, Plain]) -> dict[str, list[Plain]]:
    """The repeats of each test together; those whose lab was unfit tell nothing."""
    groups: dict[str, list[Plain]] = {}
    for name, plain in judged.items():
        if plain["verdict"] != "invalid":
            groups.setdefault(REPEAT.sub("", name), []).append(plain)
    return groups


def spread(repeats: Sequence[Plain]) -> Table:
    """Outages and phases of one test that was run several times: never an average."""
    table = Table("", "times", "least", "median", "95 %", "most", box=None, pad_edge=False)
    for what, lengths in _lengths(repeats).items():
        ordered = sorted(lengths)
        most = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
        values = (ordered[0], median(ordered), most, ordered[-1])
        table.add_row(what, str(len(ordered)), *(f"{value:.1f} s" for value in values))
    return table


def _lengths(repeats: Iterable[Plain]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for plain in repeats:
        for guest, outage in plain["outages"].items():
            found.setdefault(f"{guest} away", []).append(outage["length_s"] if outage else 0.0)
            for phase in plain["phases"][guest] if outage else ():
                found.setdefault(f"  {guest}: {phase['phase']}", []).append(phase["length_s"])
    return found


def _outage(outage: Plain | None) -> str:
    if outage is None:
        return "never"
    still = "" if outage["over"] else ", and not over"
    return f"{outage['length_s']:.2f} s (± {outage['resolution_s']:.2f} s){still}"


def _phase(phase: Plain) -> str:
    doubt = "" if phase["told_apart"] else ", not told apart"
    return f"{phase['phase']}: {phase['length_s']:.1f} s (± {phase['uncertainty_s']:.1f} s{doubt})"
