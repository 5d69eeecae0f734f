"""The same record gives the same verdict; each ground of a verdict can be provoked alone."""

from typing import Any

import pytest

from harness.judge.verdict import Verdict, judge
from harness.timeline import Event


def noted(at_s: float, kind: str, **detail: Any) -> Event:
    return Event(at_s, "harness", kind, detail)


def samples(*, away: range = range(0), every_s: float = 0.09) -> list[Event]:
    """Ten seconds of questions; those with a number in `away` got no answer."""
    sent = [number * every_s for number in range(int(10 / every_s))]
    return [
        noted(at_s, "sample", guest="web", answered_s=None if n in away else at_s + 0.01)
        for n, at_s in enumerate(sent)
    ]


def end(**changed: Any) -> Event:
    members = {"alpha": {"online": True}}
    shot = [{"target": "alpha", "status": "success"}]
    healthy = {"members": members, "fencings": shot, "bans": [], "failures": []}
    return noted(11, "view", **(healthy | changed))


LIMIT = noted(9, "objective", name="power_cut.recovery_time", guest="web", limit_s=2)
STRICT = noted(9, "objective", name="power_cut.recovery_time", guest="web", limit_s=0.4)
FAULT = noted(1, "injecting", fault="power cut of alpha", node="alpha")
HEALTHY = [FAULT, *samples(away=range(20, 30)), LIMIT, end(), noted(12, "mended")]


def node(at_s: float, name: str) -> Event:
    return noted(at_s, "status", node=name, guests=["web"], replicas={})


def test_a_healthy_record_passes_and_tells_the_outage() -> None:
    said = judge(HEALTHY)
    assert (said.verdict, said.reasons) == (Verdict.PASS, ())
    assert str(said.outages["web"]) == "0.99 s (± 0.09 s)"
    assert [str(phase) for phase in said.phases["web"]] == [
        "fault → answer: 1.7 s (± 0.1 s)",
        "answer → fenced: 8.3 s (± 10.0 s, not told apart)",
    ]


@pytest.mark.parametrize(
    ("doctored", "reason"),
    [
        ([STRICT], "power_cut.recovery_time: web was away for 0.99 s (± 0.09 s), allowed are 0 s"),
        ([noted(5, "failed", reason="web is nowhere")], "web is nowhere"),
        ([node(3, "alpha"), node(3, "bravo")], "I1: web ran on alpha and bravo"),
        ([end(bans=["cli-prefer-web"])], "I8: left behind: cli-prefer-web"),
        ([end(fencings=[{"target": "bravo", "status": "success"}])], "I6: bravo was fenced"),
    ],
    ids=["too long away", "body failed", "two copies", "left behind", "wrong one shot"],
)
def test_what_the_cluster_broke_fails(doctored: list[Event], reason: str) -> None:
    said = judge([*HEALTHY, *doctored])
    assert said.verdict is Verdict.FAIL
    assert said.reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("unfit", "reason"),
    [
        ([noted(5, "invalid", reason="the fault does not bite")], "the fault does not bite"),
        (samples(every_s=0.09)[:1], None),
    ],
)
def test_an_unfit_lab_is_invalid_whatever_else_was_seen(
    unfit: list[Event], reason: str | None
) -> None:
    broken = noted(5, "failed", reason="web is nowhere")
    said = judge([broken, *unfit]) if reason is None else judge([*HEALTHY, broken, *unfit])
    assert said.verdict is Verdict.INVALID
    assert said.reasons == (reason or "web: the probe has 1 samples",)


def test_a_cluster_that_was_not_mended_is_not_asked_for_leftovers() -> None:
    record = [FAULT, *samples(), noted(5, "failed", reason="no"), end(bans=["cli-ban-web"])]
    assert judge(record).reasons == ("no",)
