"""The fixtures around a test that harms: observed from before its body until its teardown."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from _pytest.fixtures import FixtureFunctionDefinition

from fixtures import cluster as module
from harness.cluster.cluster import Cluster
from harness.errors import ClusterError, Invalid, LabError
from harness.faults.inject import Injector
from harness.lab.lab import Lab
from harness.plan.plan import Plan
from harness.pytest_plugin.stash import TRIAL, UNFIT
from harness.record.timeline import Timeline
from harness.waiting import Timeout
from suites.selftest.fake_lab import FakeLab


class FakeTrial:
    """Notes what is asked of it; may be unable to begin, or find the lab to blame for a failure."""

    trouble: Exception | None = None
    verdict: Exception | None = None

    def __init__(self, *_: object, freeze: bool = False, until_broken: Sequence[str] = ()) -> None:
        self.freeze = freeze
        self.until_broken = until_broken
        self.done: list[str] = []
        self.clients = {"web": "web's client", "shop": "shop's client"}

    def begin(self) -> None:
        self.done.append("begin")
        if self.trouble:
            raise self.trouble

    def before_fault(self) -> None:
        self.done.append("before fault")

    def failed(self, error: BaseException) -> bool:
        self.done.append(f"failed: {error}")
        if self.verdict:
            raise self.verdict
        return True

    def close(self) -> None:
        self.done.append("close")


@pytest.fixture
def observed(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What pytest tells a fixture of a test that is observed."""
    monkeypatch.setattr(module, "Trial", FakeTrial)
    monkeypatch.setattr(module, "folder_of", lambda _: Path("folder"))
    config = SimpleNamespace(getoption={"--freeze-on-failure": True, "--until-broken": "I5,I6"}.get)
    node = SimpleNamespace(stash=pytest.Stash())
    return SimpleNamespace(config=config, node=node, fixturenames=["cluster", "trial"])


@pytest.fixture
def cluster(lab: FakeLab) -> Cluster:
    return Cluster(lab, Timeline())


def generator(fixture: FixtureFunctionDefinition, *given: object) -> Iterator[object]:
    """The fixture as pytest runs it."""
    running: Iterator[object] = fixture._get_wrapped_function()(*given)
    return running


def value(fixture: FixtureFunctionDefinition, *given: object) -> object:
    """What a fixture that needs no teardown returns."""
    return fixture._get_wrapped_function()(*given)


def test_a_test_is_observed_until_it_is_torn_down(
    observed: SimpleNamespace, cluster: Cluster, lab: FakeLab
) -> None:
    fixture = generator(module.trial, cluster, lab, observed)
    trial = next(fixture)
    assert isinstance(trial, FakeTrial)
    assert (trial.freeze, trial.done) == (True, ["begin"])
    assert trial.until_broken == ["I5", "I6"]
    assert observed.node.stash[TRIAL] is trial
    assert next(fixture, None) is None
    assert trial.done == ["begin", "close"]


@pytest.mark.parametrize(
    ("trouble", "broken"),
    [(LabError("no answer"), None), (Timeout("no write is taken"), "no write is taken")],
    ids=["the lab's", "the cluster's"],
)
def test_what_cannot_be_observed_is_judged_by_whose_failure_it_is(
    observed: SimpleNamespace,
    cluster: Cluster,
    lab: FakeLab,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    broken: str | None,
) -> None:
    monkeypatch.setattr(FakeTrial, "trouble", trouble)
    with pytest.raises(type(trouble), match=str(trouble)):
        next(generator(module.trial, cluster, lab, observed))
    trial = observed.node.stash[TRIAL]
    assert trial.done == ["begin", f"failed: {trouble}"]
    assert lab.broken == broken


def test_what_cannot_be_observed_is_invalid_when_the_judge_finds_it_so(
    observed: SimpleNamespace,
    cluster: Cluster,
    lab: FakeLab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeTrial, "trouble", ClusterError("no write is taken"))
    monkeypatch.setattr(FakeTrial, "verdict", Invalid("the lab starved"))
    with pytest.raises(Invalid, match="the lab starved"):
        next(generator(module.trial, cluster, lab, observed))


@pytest.mark.parametrize(("gone", "lifted"), [(None, 1), ("the lab was ended", 0)])
def test_a_fault_is_lifted_unless_the_lab_is_gone(
    lab: FakeLab, cluster: Cluster, gone: str | None, lifted: int
) -> None:
    lab.gone = gone
    trial = FakeTrial()
    fixture = generator(module.inject, cluster, trial)
    injector = next(fixture)
    assert isinstance(injector, Injector)
    owed: list[int] = []
    injector._undo.callback(owed.append, 1)
    assert next(fixture, None) is None
    assert len(owed) == lifted


def test_a_test_has_the_guest_under_test_and_a_bystander(plan: Plan) -> None:
    trial, web = FakeTrial(), plan.guests["web"]
    assert value(module.clients, trial) == trial.clients
    assert value(module.probe, trial, web) == "web's client"
    assert value(module.bystander, trial, web) == "shop's client"


@pytest.mark.parametrize(("asked_for", "verified"), [(["trial"], 0), ([], 1)])
def test_a_cluster_is_verified_unless_the_trial_does_it(
    lab: FakeLab,
    observed: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    asked_for: list[str],
    verified: int,
) -> None:
    seen: list[Lab] = []
    monkeypatch.setattr(module, "verify", seen.append)
    observed.fixturenames = asked_for
    timeline = Timeline()
    cluster = value(module.cluster, lab, timeline, observed)
    assert isinstance(cluster, Cluster)
    assert (cluster.target, cluster.timeline) == (lab, timeline)
    assert seen == [lab] * verified
    lab.gone = "the lab was ended"
    assert observed.node.stash[UNFIT]() == "the lab was ended"
