"""What differs between two verdicts on one test, and how the repeats of a test spread."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.judge.judgement import Verdict
from harness.runs.store import NoVerdict, Service, StoredVerdict, read_verdict

REPEAT = re.compile(r"\[repeat\d+\]|-repeat\d+|(?<=\[)repeat\d+-")


class Length(NamedTuple):
    """How long something took in one repeat; at least that long when it was not over."""

    seconds: float
    over: bool = True


def changes(test: Path, now: StoredVerdict) -> list[str]:
    """What differs between the verdict in a test's folder and that of now, one line each."""
    try:
        return differences(read_verdict(test), now)
    except NoVerdict as missing:
        return [str(missing)]


def differences(before: StoredVerdict, now: StoredVerdict) -> list[str]:
    """One line for each key that differs; of a mapping, for each key in it: `losses.web.redis`."""
    return list(_differences(before.model_dump(mode="json"), now.model_dump(mode="json")))


def repeated(judged: Mapping[str, StoredVerdict]) -> dict[str, list[StoredVerdict]]:
    """The repeats of each test together; those whose lab was unfit tell nothing."""
    groups: dict[str, list[StoredVerdict]] = {}
    for name, verdict in judged.items():
        if verdict.verdict is not Verdict.INVALID:
            groups.setdefault(REPEAT.sub("", name), []).append(verdict)
    return groups


def lengths(repeats: Iterable[StoredVerdict]) -> dict[str, list[Length]]:
    """Outages and phases: by what took so long, its length in each repeat."""
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
