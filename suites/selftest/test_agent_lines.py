"""An agent's lines become events; what was captured from a node is understood to the last line."""

from pathlib import Path

import pytest

from harness.observe.agent_lines import AgentEvent, events, parse
from harness.record.events import (
    Blind,
    DomainChange,
    DrbdChange,
    GuestLoad,
    NodeSample,
    Qemu,
    StreamOpened,
)
from harness.record.spans import Life

CAPTURED = Path(__file__).parent / "captured"
GUESTS = {"1": "web", "2": "shop"}


def read(fact: str) -> list[AgentEvent]:
    """Of a node whose clock shows 1000 s more than this machine's."""
    life = Life("alpha", "b1")
    return list(events(fact, life, 12.5, guests=GUESTS, monotonic=lambda epoch_s: epoch_s - 1000))


def captured(file: str, kind: str) -> list[AgentEvent]:
    lines = (CAPTURED / file).read_text().splitlines()
    return [event for line in lines for event in read(f"{kind}={line}")]


def test_a_line_has_its_boot_its_time_and_what_it_reports() -> None:
    assert parse("boot=b1 at=1795000012.500000 ended=drbd\n") == ("b1", 1795000012.5, "ended=drbd")


@pytest.mark.parametrize("text", ["", "boot=b1 at=17950000", "boot=b1 at=1795000012.500000 "])
def test_a_line_that_was_cut_short_is_none(text: str) -> None:
    assert parse(text) is None


def test_a_look_names_each_process_with_its_birth_and_guests_in_their_order() -> None:
    assert read("runs=web/34@1007.25,shop/9@1002.00 open=1 primary=2,1") == [
        NodeSample(
            at_s=12.5,
            node="alpha",
            boot="b1",
            runs=(
                Qemu(guest="shop", pid=9, began_s=2.0),
                Qemu(guest="web", pid=34, began_s=7.25),
            ),
            open=("web",),
            primary=("shop", "web"),
        )
    ]


def test_a_guest_that_is_there_twice_is_seen_twice() -> None:
    [look] = read("runs=web/34@1007.25,web/33@0990.00 open=1,1 primary=1")
    assert isinstance(look, NodeSample)
    assert [(q.guest, q.pid, q.began_s) for q in look.runs] == [("web", 33, -10), ("web", 34, 7.25)]
    assert look.open == ("web",)


def test_a_look_may_see_nothing() -> None:
    [look] = read("runs= open= primary=")
    assert isinstance(look, NodeSample)
    assert (look.runs, look.open, look.primary) == ((), (), ())


def test_how_each_guests_processor_was_served_comes_with_a_look() -> None:
    look, *loads = read("runs= open= primary= served=web/34:6.279+5.748,shop/9:0.500+0.000")
    assert isinstance(look, NodeSample)
    assert loads == [
        GuestLoad(
            at_s=12.5, node="alpha", boot="b1", guest=guest, pid=pid, ran_s=ran_s, waited_s=waited_s
        )
        for guest, pid, ran_s, waited_s in (("web", 34, 6.279, 5.748), ("shop", 9, 0.5, 0.0))
    ]


@pytest.mark.parametrize("served", ["", "web/34", "web/34:6.279", "web/34:6+5", "/34:6.279+5.748"])
def test_a_processor_that_was_not_served_yet_is_no_load(served: str) -> None:
    assert len(read(f"runs= open= primary= served={served}")) == 1


def test_a_device_that_is_not_in_the_plan_goes_by_its_own_name() -> None:
    [look] = read("runs= open= primary=1,9")
    assert isinstance(look, NodeSample)
    assert look.primary == ("drbd9", "web")


def test_every_line_of_drbd_but_the_mark_of_its_begin_is_an_event() -> None:
    changes = [e for e in captured("drbd-events2.txt", "drbd") if isinstance(e, DrbdChange)]
    assert len(changes) == 11
    assert {(e.at_s, e.node, e.boot, e.guest) for e in changes} == {(12.5, "alpha", "b1", "shop")}
    assert changes[0].states == {"role": "Secondary", "suspended": "no"}
    assert changes[2].states == {"disk": "UpToDate"}
    assert [(e.change, e.what, e.states.get("disk")) for e in changes[4:6]] == [
        ("change", "connection", None),
        ("change", "device", "Outdated"),
    ]
    assert changes[-1].change == "create"


def test_every_line_of_libvirt_is_an_event() -> None:
    life = {"at_s": 12.5, "node": "alpha", "boot": "b1", "guest": "web", "event": "lifecycle"}
    assert captured("virsh-events.txt", "domain") == [
        DomainChange.model_validate(life | {"detail": "Suspended Paused"}),
        DomainChange.model_validate(life | {"detail": "Resumed Unpaused"}),
    ]


def test_an_event_of_libvirt_may_have_no_detail() -> None:
    [change] = read("domain=event 'reboot' for domain 'web'")
    assert isinstance(change, DomainChange)
    assert (change.event, change.detail) == ("reboot", "")


@pytest.mark.parametrize(("stream", "observer"), [("drbd", "drbd"), ("domain", "libvirt")])
def test_the_end_of_a_stream_is_a_gap(stream: str, observer: str) -> None:
    [gap] = read(f"ended={stream}")
    assert isinstance(gap, Blind)
    assert (gap.at_s, gap.observer, gap.part) == (12.5, observer, "alpha")
    assert gap.reason == f"the stream of {stream} events has ended"


@pytest.mark.parametrize(("stream", "observer"), [("drbd", "drbd"), ("domain", "libvirt")])
def test_a_stream_may_open_again(stream: str, observer: str) -> None:
    [again] = read(f"opened={stream}")
    assert isinstance(again, StreamOpened)
    assert (again.at_s, again.node, again.boot, again.stream) == (12.5, "alpha", "b1", observer)


@pytest.mark.parametrize(
    "fact",
    [
        "opened=dr",
        "runs=web",
        "runs=web/34@1007.25",
        "runs=web open= primary=",
        "runs=web/34@1007.25,sho open= primary=",
        "drbd=nonsense",
        "ended=dr",
        "domain=events received: 2",
        "?",
    ],
)
def test_what_is_neither_is_no_event(fact: str) -> None:
    assert read(fact) == []
