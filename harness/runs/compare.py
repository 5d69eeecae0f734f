"""Differences between two verdicts of a test, and the spread of a test's repeats."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.judge.judgement import Verdict
from harness.runs.store import NoVerdict, Service, StoredVerdict, read_verdict

REPEAT = re.compile(r"\[repeat\d+\]|-repeat\d+|(?<=\[)repeat\d+-")


class Length(NamedTuple):
    """Length of an outage or phase in one repeat. A lower bound if it was not over."""

    seconds: float
    over: bool = True


def changes(test: Path, now: StoredVerdict) -> list[str]:
    """Return the differences between the stored verdict of a test and a new one, one line each."""
    try:
        return differences(read_verdict(test), now)
    except NoVerdict as missing:
        return [str(missing)]


def differences(before: StoredVerdict, now: StoredVerdict) -> list[str]:
    """Return one line for each key that differs. A key in a mapping is `losses.web.redis`."""
    return list(_differences(before.model_dump(mode="json"), now.model_dump(mode="json")))


def repeated(judged: Mapping[str, StoredVerdict]) -> dict[str, list[StoredVerdict]]:
    """Group the verdicts by test, without invalid ones: an unfit lab says nothing."""
    groups: dict[str, list[StoredVerdict]] = {}
    for name, verdict in judged.items():
        if verdict.verdict is not Verdict.INVALID:
            groups.setdefault(REPEAT.sub("", name), []).append(verdict)
    return groups


def lengths(repeats: Iterable[StoredVerdict]) -> dict[str, list[Length]]:
    """Return the length of each outage and phase in each repeat, by its name."""
    found: dict[str, list[Length]] = {}
    for judged in repeats:
        for kind, services in {"reads": judged.reads, "writes": judged.writes}.items():
            for name, service in services.items():
                for what, length in _lengths_of(service):
                    found.setdefault(f"{name} {kind}{what}", []).append(length)
    return found


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any], within: str = ""
) -> Iterator[str]:
    for key in dict.fromkeys((*before, *now)):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{within}{key}.")
        elif old != new:
            yield f"{within}{key}: was {_value(old)}, is {_value(new)}"


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lengths_of(service: Service) -> Iterator[tuple[str, Length]]:
    outages = service.outages
    over = all(outage.over for outage in outages)
    yield ", longest", Length(max((o.length_s for o in outages), default=0.0), over)
    yield ", in all", Length(sum(outage.length_s for outage in outages), over)
    yield from ((f": {phase.phase}", Length(phase.length_s)) for phase in service.phases)
