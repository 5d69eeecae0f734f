"""Guests serve when each answers under its own name."""

import httpx
import pytest

from fixtures.serving import guests_serve, serves
from harness.plan.plan import Plan


@pytest.fixture
def answers(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What each guest answers, by its address; all is well unless a test changes it."""
    told: dict[str, object] = {
        f"http://{guest.address}/": httpx.Response(200, headers={"X-Guest": guest.name})
        for guest in plan.guests.values()
    }

    def get(url: str, **_: object) -> object:
        answer = told[url]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr(httpx, "get", get)
    return told


@pytest.mark.usefixtures("answers")
def test_guests_that_answer_under_their_names_serve(plan: Plan) -> None:
    assert guests_serve(plan)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.Response(200, headers={"X-Guest": "web"}),
        httpx.Response(200),
        httpx.Response(500, headers={"X-Guest": "shop"}),
    ],
    ids=["refused", "a stranger", "nobody", "an error"],
)
def test_one_guest_that_does_not_is_enough(
    plan: Plan, answers: dict[str, object], answer: object
) -> None:
    answers[f"http://{plan.guests['shop'].address}/"] = answer
    assert serves(plan.guests["web"])
    assert not guests_serve(plan)
