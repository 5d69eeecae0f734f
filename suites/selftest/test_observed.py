"""The fixtures around a test that harms: observed from before its body until after its verdict."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures import cluster as module
from harness.cluster.cluster import Cluster
from harness.errors import Invalid
from harness.faults.inject import Injector
from harness.lab.shell import Unreachable
from harness.plugin import TRIAL
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fakes import FakeLab

Fixture = Callable[..., Iterator[object]]


class FakeTrial:
    """Says what is asked of it; may be unable to begin."""

    trouble: Exception | None = None

    def __init__(self, *_: object, freeze: bool) -> None:
        self.freeze = freeze
        self.done: list[str] = []

    def brace(self) -> None:
        self.done.append("brace")

    def begin(self) -> None:
        self.done.append("begin")
        if self.trouble:
            raise self.trouble

    def stop(self) -> None:
        self.done.append("stop")


@pytest.fixture
def request_of(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What pytest tells a fixture of its test."""
    monkeypatch.setattr(module, "Trial", FakeTrial)
    monkeypatch.setattr(module, "folder_of", lambda _: Path("folder"))
    config = SimpleNamespace(getoption={"--freeze-on-failure": True}.get)
    return SimpleNamespace(config=config, node=SimpleNamespace(stash=pytest.Stash()))


def opened(fixture: object, *given: object) -> Iterator[object]:
    """The fixture as pytest runs it: a generator."""
    function: Fixture = fixture._get_wrapped_function()
    return function(*given)


def test_a_test_is_observed_until_it_is_torn_down(request_of: SimpleNamespace) -> None:
    fixture = opened(module.trial, None, None, request_of)
    trial = next(fixture)
    assert isinstance(trial, FakeTrial)
    assert (trial.freeze, trial.done) == (True, ["begin"])
    assert next(fixture, None) is None
    assert trial.done == ["begin", "stop"]


@pytest.mark.parametrize("trouble", [Unreachable("no answer"), Timeout("no answer")])
def test_what_cannot_be_observed_is_no_honest_test(
    request_of: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(FakeTrial, "trouble", trouble)
    with pytest.raises(Invalid, match=r"^cannot be observed: no answer$"):
        next(opened(module.trial, None, None, request_of))


@pytest.mark.parametrize(("gone", "lifted"), [(None, 1), ("the lab was ended", 0)])
def test_what_harms_is_judged_and_lifted_unless_the_lab_is_gone(
    lab: FakeLab, request_of: SimpleNamespace, gone: str | None, lifted: int
) -> None:
    lab.gone = gone
    timeline, trial = Timeline(), FakeTrial(freeze=False)
    fixture = opened(module.inject, Cluster(lab, timeline), trial, timeline, request_of)
    injector = next(fixture)
    assert isinstance(injector, Injector)
    assert request_of.node.stash[TRIAL] is trial
    owed: list[int] = []
    injector._owed.callback(owed.append, 1)
    assert next(fixture, None) is None
    assert len(owed) == lifted
