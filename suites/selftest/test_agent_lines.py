"""A lookout's lines become events; what was captured from a node is understood to the last line."""

from pathlib import Path
from typing import Any

import pytest

from harness.observe.agent_lines import facts

CAPTURED = Path(__file__).parent / "captured"
GUESTS = {"1": "web", "2": "shop"}


def captured(file: str, teller: str) -> list[dict[str, Any]]:
    lines = (CAPTURED / file).read_text().splitlines()
    return [detail for line in lines for _, _, detail in facts(f"{teller}={line}", GUESTS)]


def test_a_look_names_guests_in_their_order() -> None:
    [(source, kind, detail)] = facts("runs=web,shop open=1 primary=2,1", GUESTS)
    assert (source, kind) == ("watch", "watch")
    assert detail == {"runs": ["shop", "web"], "open": ["web"], "primary": ["shop", "web"]}


def test_a_look_may_see_nothing() -> None:
    [(_, _, detail)] = facts("runs= open= primary=", GUESTS)
    assert detail == {"runs": [], "open": [], "primary": []}


def test_a_device_that_is_not_in_the_plan_goes_by_its_own_name() -> None:
    [(_, _, detail)] = facts("runs= open= primary=1,9", GUESTS)
    assert detail["primary"] == ["drbd9", "web"]


def test_every_line_of_drbd_but_the_mark_of_its_begin_is_an_event() -> None:
    told = captured("drbd-events2.txt", "drbd")
    assert len(told) == 11
    assert {event["guest"] for event in told} == {"shop"}
    assert told[0]["states"] == {"role": "Secondary", "suspended": "no"}
    assert [(e["change"], e["what"], e["states"].get("disk")) for e in told[4:6]] == [
        ("change", "connection", None),
        ("change", "device", "Outdated"),
    ]
    assert told[-1]["change"] == "create"


def test_every_line_of_libvirt_is_an_event() -> None:
    assert captured("virsh-events.txt", "domain") == [
        {"event": "lifecycle", "guest": "web", "detail": "Suspended Paused"},
        {"event": "lifecycle", "guest": "web", "detail": "Resumed Unpaused"},
    ]


def test_the_end_of_what_is_told_is_a_gap() -> None:
    [(source, kind, detail)] = facts("ended=drbd", GUESTS)
    assert (source, kind) == ("drbd", "blind")
    assert "drbd" in detail["blind"]


@pytest.mark.parametrize("line", ["runs=web", "drbd=nonsense", "domain=events received: 2", "?"])
def test_what_is_neither_is_no_event(line: str) -> None:
    assert list(facts(line, GUESTS)) == []
