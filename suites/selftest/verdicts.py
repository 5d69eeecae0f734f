"""Stored verdicts, made by hand."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.judge.verdict import judge_file
from harness.record.events import Event
from harness.record.timeline import Timeline
from harness.runs.store import StoredVerdict, write_verdict
from suites.selftest.client_events import sample, write
from suites.selftest.records import cut, opened

Plain = Mapping[str, Any]
"""A part of a verdict in its JSON form."""
TEST = "test_cut[web]"
PHASE = {
    "phase": "fault → membership",
    "length_s": 6.5,
    "uncertainty_s": 0.08,
    "distinct": True,
}


def outage(length_s: float, **changed: Any) -> dict[str, Any]:
    return {"after_s": 0.1, "length_s": length_s, "resolution_s": 0.096, "over": True} | changed


def service(*outages: Plain, phases: Iterable[Plain] = ()) -> dict[str, Any]:
    return {"outages": list(outages), "phases": list(phases)}


HEALTHY: dict[str, Any] = {
    "verdict": "pass",
    "broken": [],
    "unfit": [],
    "gaps": [],
    "causes": [],
    "reads": {"web": service(outage(22.44), phases=[PHASE]), "shop": service()},
    "connections": {"web": service(outage(21.9)), "shop": service()},
    "echoes": {"web": service(outage(20.1)), "shop": service()},
    "writes": {
        "web.redis": service(outage(24.0, resolution_s=1.0, after_s=0.3)),
        "shop.file": service(),
    },
    "acknowledged": {"web.redis": 61, "shop.file": 60},
    "losses": {"web.redis": "no write lost"},
    "limits": [],
}


def verdict(**changed: Any) -> StoredVerdict:
    """Return a verdict as read from a file: that of a healthy cluster with some keys changed."""
    return StoredVerdict.model_validate(HEALTHY | changed, strict=False)


def verdict_of_reads(length_s: float, **changed: Any) -> StoredVerdict:
    """Return a verdict with one outage of web's reads, and no other measurement."""
    phase = PHASE | {"phase": "fault → answer", "length_s": length_s}
    reads = {"web": service(outage(length_s), phases=[phase])}
    return verdict(**{"reads": reads, "writes": {}} | changed)


def store_record(folder: Path) -> Path:
    """Write the record of a test in which web did not answer for a second."""
    folder.mkdir()
    timeline = Timeline(folder / "timeline.jsonl")
    answers = [sample(n / 10, good=not 20 <= n < 30) for n in range(60)]
    events: list[Event] = [opened(), *answers, cut(2.0, "alpha"), write(1, 1)]
    for event in sorted(events, key=lambda event: event.at_s):
        timeline.note(event)
    timeline.close()
    return folder / "timeline.jsonl"


def store_run(folder: Path) -> Path:
    """Write a run of one judged test, and a folder without a test."""
    (folder / "allure").mkdir()
    write_verdict(folder / TEST, judge_file(store_record(folder / TEST)))
    return folder
