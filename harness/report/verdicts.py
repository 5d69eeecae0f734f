"""Verdicts as people read them: of one test, of a stored run judged again, of a test's repeats."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.table import Table

from harness.errors import Invalid
from harness.judge.judgement import Verdict
from harness.judge.verdict import judge_file

VERDICT = "verdict.json"
TIMELINE = "timeline.jsonl"
REPEAT = re.compile(r"\[repeat\d+\]|-repeat\d+|(?<=\[)repeat\d+-")
Plain = Mapping[str, Any]
"""A judgement as it is stored: `Judgement.plain()`."""
AT_ONCE_S = 0.05
"""Less than this from the fault is shown as 0.0 s: neither before nor after it."""


class Part(BaseModel):
    """A frozen piece of a stored verdict: each key there, none unknown, each of its own type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Outage(Part):
    """A time for which a client had no service."""

    after_s: float | None
    """From the first fault to its begin; None in a test without a fault."""
    length_s: float
    resolution_s: float
    over: bool


class Phase(Part):
    """From one moment of a failover to the next."""

    phase: str
    length_s: float
    uncertainty_s: float
    distinct: bool
    """Did the first moment surely come before the second?"""


class Service(Part):
    """A guest's service as its clients had it."""

    outages: tuple[Outage, ...]
    phases: tuple[Phase, ...]


class StoredVerdict(Part):
    """A judgement, read back from what a run stored."""

    verdict: Verdict
    broken: tuple[str, ...]
    unfit: tuple[str, ...]
    causes: tuple[str, ...]
    reads: dict[str, Service]
    connections: dict[str, Service]
    echoes: dict[str, Service]
    writes: dict[str, Service]
    acknowledged: dict[str, int]
    losses: dict[str, str]
    limits: tuple[str, ...]


class NoVerdict(Invalid):
    """A stored verdict is missing or damaged; says which, in one line."""


def tests(run: Path) -> list[str]:
    """Names of a run's tests: of each folder that holds a record or a verdict."""
    files = chain(run.glob(f"*/{TIMELINE}"), run.glob(f"*/{VERDICT}"))
    return sorted({file.parent.name for file in files})


def stored(run: Path) -> dict[str, Plain]:
    """The verdicts of a run that can be read, by the test's name."""
    found = {}
    for name in tests(run):
        try:
            found[name] = read_verdict(run / name)
        except NoVerdict:
            continue
    return found


def read_verdict(test: Path) -> Plain:
    """The verdict in a test's folder.

    Raises:
        NoVerdict: there is none, or it does not have the shape of one.
    """
    try:
        content = (test / VERDICT).read_bytes()
        return StoredVerdict.model_validate_json(content).model_dump(mode="json")
    except FileNotFoundError:
        raise NoVerdict("no verdict was stored") from None
    except OSError as error:
        raise NoVerdict(f"the stored verdict is damaged: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        why = f"{key + ': ' if key else ''}{first['msg']}"
        raise NoVerdict(f"the stored verdict is damaged: {why}") from None


def judged_again(run: Path) -> Iterator[tuple[str, Plain]]:
    """Each test of a run as its stored record is judged now; a damaged record is invalid."""
    return ((name, judge_file(run / name / TIMELINE).plain()) for name in tests(run))


def changes(test: Path, now: Plain) -> list[str]:
    """What differs between the verdict in a test's folder and that of now, one line each."""
    try:
        return differences(read_verdict(test), now)
    except NoVerdict as missing:
        return [str(missing)]


def differences(before: Plain, now: Plain, *, within: str = "") -> list[str]:
    """One line for each key that differs; of a mapping, for each key in it: `losses.web.redis`."""
    lines = []
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            lines += differences(old, new, within=f"{within}{key}.")
        elif old != new:
            lines.append(f"{within}{key}: was {_value(old)}, is {_value(new)}")
    return lines


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def describe(plain: Plain) -> Iterator[str]:
    """One test's judgement, line by line: the verdict, its grounds, what was measured."""
    judged = _parsed(plain)
    yield f"verdict: {judged.verdict}"
    grounds = {"broken": judged.broken, "unfit": judged.unfit, "cause": judged.causes}
    yield from (f"  {title}: {line}" for title, lines in grounds.items() for line in lines)
    for guest, reads in judged.reads.items():
        clients = {"TCP": judged.connections.get(guest), "echo": judged.echoes.get(guest)}
        others = "; ".join(f"{name} {_client(service)}" for name, service in clients.items())
        yield f"{guest} reads: {_outages(reads)}; {others}"
        yield from _details(reads)
    for store, writes in judged.writes.items():
        held = judged.losses.get(store, "not read in the end")
        acknowledged = f"{judged.acknowledged.get(store, 0)} acknowledged"
        yield f"{store} writes: {_outages(writes)}; {acknowledged}, {held}"
        yield from _details(writes)
    for number, line in enumerate(judged.limits):
        yield f"{' ' * len('limits:') if number else 'limits:'} {line}"


def _parsed(plain: Plain) -> StoredVerdict:
    return StoredVerdict.model_validate(plain, strict=False)  # lists, where JSON had them too


def _outages(service: Service) -> str:
    """In one line: the only outage, or the number, the sum and the longest of several."""
    outages = service.outages
    if not outages:
        return "no outage"
    if len(outages) == 1:
        return f"1 outage, {_outage(outages[0])}"
    longest_s = max(outage.length_s for outage in outages)
    sums = f"{_total_s(outages):.1f} s in all, longest {longest_s:.1f} s"
    return f"{len(outages)} outages, {sums}{_not_over(outages)}"


def _details(service: Service) -> Iterator[str]:
    """Each outage, where there are several, and the phases."""
    if len(service.outages) > 1:
        yield from (f"    {_outage(outage)}" for outage in service.outages)
    for phase in service.phases:
        unsure = f"± {phase.uncertainty_s:.1f} s{'' if phase.distinct else ', not distinct'}"
        yield f"    {phase.phase}: {phase.length_s:.1f} s ({unsure})"


def _outage(outage: Outage) -> str:
    length = f"{outage.length_s:.1f} s (± {outage.resolution_s:.1f} s)"
    return f"{length}{_since_fault(outage.after_s)}{_not_over([outage])}"


def _since_fault(after_s: float | None) -> str:
    if after_s is None:
        return ""
    if abs(after_s) < AT_ONCE_S:
        return ", at the fault"
    return f", {abs(after_s):.1f} s {'after' if after_s > 0 else 'before'} the fault"


def _client(service: Service | None) -> str:
    """The outages of another kind of client, in short."""
    if service is None:
        return "not measured"
    if not service.outages:
        return "no outage"
    number = len(service.outages)
    times = f" in {number} outages" if number > 1 else ""
    return f"{_total_s(service.outages):.1f} s{times}{_not_over(service.outages)}"


def _total_s(outages: Iterable[Outage]) -> float:
    return sum(outage.length_s for outage in outages)


def _not_over(outages: Iterable[Outage]) -> str:
    return "" if all(outage.over for outage in outages) else ", not over"


def repeated(judged: Mapping[str, Plain]) -> dict[str, list[Plain]]:
    """The repeats of each test together; those whose lab was unfit tell nothing."""
    groups: dict[str, list[Plain]] = {}
    for name, plain in judged.items():
        if plain["verdict"] != Verdict.INVALID:
            groups.setdefault(REPEAT.sub("", name), []).append(plain)
    return groups


class Length(NamedTuple):
    """How long something took in one repeat; at least that long when it was not over."""

    seconds: float
    over: bool = True


def spread(repeats: Sequence[Plain]) -> Table:
    """Outages and phases of one test that was run several times: never an average."""
    head = ("", "times", "least", "median", "95 %", "most", "not over")
    table = Table(*head, box=None, pad_edge=False)
    for what, lengths in _lengths(map(_parsed, repeats)).items():
        ordered = sorted(length.seconds for length in lengths)
        most = ordered[math.ceil(0.95 * len(ordered)) - 1]
        values = (ordered[0], median(ordered), most, ordered[-1])
        endless = sum(not length.over for length in lengths)
        shown = (f"{value:.1f} s" for value in values)
        table.add_row(what, str(len(ordered)), *shown, str(endless or ""))
    return table


def _lengths(repeats: Iterable[StoredVerdict]) -> dict[str, list[Length]]:
    """By what took so long: its length in each repeat."""
    found: dict[str, list[Length]] = {}
    for judged in repeats:
        for kind, services in {"reads": judged.reads, "writes": judged.writes}.items():
            for name, service in services.items():
                for what, length in _lengths_of(service):
                    found.setdefault(f"{name} {kind}{what}", []).append(length)
    return found


def _lengths_of(service: Service) -> Iterator[tuple[str, Length]]:
    outages = service.outages
    over = all(outage.over for outage in outages)
    yield ", longest", Length(max((o.length_s for o in outages), default=0.0), over)
    yield ", in all", Length(_total_s(outages), over)
    yield from ((f": {phase.phase}", Length(phase.length_s)) for phase in service.phases)
