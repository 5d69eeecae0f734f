"""A failed test tells what happened, in order, each change once."""

from typing import Any

from harness.record.timeline import Event
from harness.report.story import story

REPLICA = {"role": "Primary", "disk": "UpToDate", "connection": "Connected"}
WELL = "alpha replica of web: Primary/UpToDate/Connected"


def look(at_s: float, **changed: Any) -> Event:
    seen = {"node": "alpha", "boot": "1", "guests": ["web"], "replicas": {"web": REPLICA}} | changed
    return Event(at_s, "survey", "status", seen)


def view(at_s: float, **changed: Any) -> Event:
    fence = {"name": "fence-alpha", "role": "Started", "nodes": ["bravo"], "pending": ""}
    seen = {"dc": "alpha", "fencings": [], "failures": [], "resources": [fence]} | changed
    return Event(at_s, "survey", "view", seen)


def told(*events: Event) -> list[str]:
    return [line.split(" s  ")[1] for line in story(events)]


def test_nothing_that_stays_is_told_twice() -> None:
    assert told(look(1), look(2)) == ["alpha: answers", "alpha runs: web", WELL]
    changed = REPLICA | {"connection": "StandAlone"}
    assert told(look(1), look(2, guests=[], replicas={"web": changed}))[3:] == [
        "alpha runs: no guest",
        "alpha replica of web: Primary/UpToDate/StandAlone",
    ]


def test_a_node_that_does_not_answer_is_told_with_the_reason_and_comes_back() -> None:
    gap = Event(2, "survey", "blind", {"node": "alpha", "blind": "alpha: no power"})
    assert told(look(1), gap, look(3))[3:] == ["alpha: no power", "alpha: answers"]


def test_a_store_that_does_not_answer_is_told() -> None:
    gap = Event(2, "ledger", "blind", {"store": "web", "blind": "ConnectionError"})
    assert len(told(gap)) == 1
    assert told(gap)[0].endswith("ConnectionError")


def drbd(change: str, what: str, **states: str) -> Event:
    named = {"node": "alpha", "boot": "1", "change": change, "what": what, "guest": "web"}
    return Event(1, "drbd", "drbd", named | {"states": states})


def test_drbd_and_libvirt_are_heard_but_not_of_what_was_so_before() -> None:
    booted = {"node": "alpha", "guest": "web", "event": "lifecycle", "detail": "Started Booted"}
    assert told(
        drbd("exists", "resource", role="Secondary"),
        drbd("change", "resource", role="Primary"),
        drbd("change", "device"),
        drbd("call", "helper", helper="fence-peer"),
        Event(2, "libvirt", "domain", booted),
        Event(3, "libvirt", "domain", booted | {"event": "reboot", "detail": ""}),
    ) == [
        "alpha DRBD resource of web: role:Primary",
        "alpha DRBD helper of web: call helper:fence-peer",
        "alpha libvirt web: lifecycle Started Booted",
        "alpha libvirt web: reboot",
    ]


def test_the_clusters_own_word_is_told() -> None:
    fencing = {"target": "bravo", "action": "reboot", "status": "success", "completed": ""}
    clone = [
        {"name": "drbd-web", "role": "Promoted", "nodes": ["alpha"], "pending": ""},
        {"name": "drbd-web", "role": "Unpromoted", "nodes": ["bravo"], "pending": "Monitoring"},
    ]
    later = view(2, dc=None, fencings=[fencing], failures=["x on alpha: y"], resources=clone)
    assert told(view(1)) == [
        "DC: alpha",
        "fenced: nobody",
        "failed: nothing",
        "fence-alpha: Started bravo",
    ]
    assert told(view(1), later)[4:] == [
        "DC: None",
        "fenced: bravo success",
        "failed: x on alpha: y",
        "drbd-web: Promoted alpha, Unpromoted bravo Monitoring",
    ]


def test_time_counts_from_the_first_fault() -> None:
    acts = [
        Event(10, "harness", "settled"),
        Event(12, "fault", "injecting", {"fault": "power cut of alpha"}),
        Event(13.5, "harness", "condition", {"sentence": "web runs on bravo"}),
    ]
    assert story(acts) == [
        "    0.0 s  injecting: power cut of alpha",
        "    1.5 s  condition: web runs on bravo",
    ]
    assert story(acts[2:]) == ["    0.0 s  condition: web runs on bravo"]
    assert story([]) == []
