"""A test is observed, and judged once from its record."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures import trial as module
from harness.cluster.cluster import Broken
from harness.errors import Invalid, LabError
from harness.record.timeline import Timeline
from harness.report.story import story
from harness.trial import Trial
from harness.waiting import Timeout
from suites.selftest.fakes import FakeLab
from suites.selftest.records import asked, at_end

OBSERVERS = {"Watches": "watches", "Ledger": "ledger", "Journals": "journals"}
OBSERVERS |= {"PowerLog": "power", "Pace": "pace", "Pings": "pings"}
CALLS = ("begin", "start", "hurry", "stop", "read")
AWAY = ["probes", "pings", "ledger", "watches", "power", "pace"]


@dataclass
class FakeCluster:
    """Settles, or never."""

    lab: FakeLab
    done: list[str]
    timeline: Timeline = field(default_factory=Timeline)
    settles: bool = True

    def wait_until(self, condition: object, *, within: object) -> None:
        self.done.append("settled?")
        if not self.settles:
            raise Timeout(f"not in 720 s: {condition}\nand more")


@pytest.fixture
def done() -> list[str]:
    """What was done, in order."""
    return []


@pytest.fixture
def cluster(lab: FakeLab, done: list[str]) -> FakeCluster:
    """A cluster with a view that is free of leftovers, and one guest, well sampled and seen."""
    cluster = FakeCluster(lab, done)
    view = {"dc": None, "resources": [], "fencings": [], "bans": [], "failures": []}
    cluster.timeline.note("survey", "view", at_s=0.0, **view)
    facts = {"boot": "1", "runs": ["web"], "primary": ["web"], "open": ["web"]}
    cluster.timeline.note("watch", "watch", at_s=0.0, node="alpha", **facts)
    for seen in asked():
        cluster.timeline.note(seen.source, seen.kind, at_s=seen.at_s, **seen.detail)
    return cluster


def observer(done: list[str], name: str) -> SimpleNamespace:
    """One that only says what is asked of it."""

    def noting(call: str) -> Callable[[], None]:
        return lambda: done.append(f"{name} {call}")

    return SimpleNamespace(**{call: noting(call) for call in CALLS})


def seen_in_the_end(_: FakeLab, timeline: Timeline) -> None:
    for event in at_end():
        timeline.note(event.source, event.kind, at_s=event.at_s, **event.detail)


@pytest.fixture
def make(
    cluster: FakeCluster, done: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Trial]:
    for of, name in OBSERVERS.items():
        monkeypatch.setattr(module, of, lambda *_, name=name, **__: observer(done, name))
    monkeypatch.setattr(module, "look_at_end", seen_in_the_end)
    cluster.lab.freeze = lambda moment: done.append(f"freeze {moment}")
    folder = tmp_path / "run" / "test_one"
    folder.mkdir(parents=True)

    def make(*, freeze: bool = False) -> Trial:
        return Trial(cluster, observer(done, "probes"), folder, freeze=freeze)

    return make


@pytest.fixture
def trial(make: Callable[..., Trial]) -> Trial:
    return make()


JUDGED = [*(f"{name} stop" for name in AWAY), "ledger read", "journals read"]


def verdict(trial: Trial) -> tuple[str, list[str]]:
    said = json.loads((trial.folder / "verdict.json").read_text())
    return said["verdict"], said["reasons"]


def test_the_body_begins_when_all_look(trial: Trial, done: list[str]) -> None:
    trial.begin()
    assert done == [
        *("power start", "pace start", "pings start"),
        *("journals begin", "watches start", "ledger start"),
    ]


def test_the_ledger_hurries_before_the_first_fault_only(
    trial: Trial, cluster: FakeCluster, done: list[str]
) -> None:
    trial.brace()
    assert done == ["ledger hurry"]
    cluster.timeline.note("fault", "injecting")
    trial.brace()
    assert done == ["ledger hurry"]


def test_guests_that_take_no_writes_make_no_honest_test(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise Timeout("not in 60 s: each guest takes writes")

    monkeypatch.setattr(trial._ledger, "hurry", refused)
    with pytest.raises(Invalid, match=r"^no honest test: not in 60 s: each guest takes writes$"):
        trial.brace()


def test_a_cluster_that_kept_its_promise_passes_when_it_is_settled(
    trial: Trial, cluster: FakeCluster, done: list[str]
) -> None:
    trial.passed()
    assert done == ["settled?", *JUDGED]
    assert cluster.timeline.knows("mended")
    assert verdict(trial) == ("pass", [])


def test_a_cluster_that_does_not_settle_is_not_judged_yet(
    trial: Trial, cluster: FakeCluster, done: list[str]
) -> None:
    cluster.settles = False
    with pytest.raises(Timeout, match="the cluster is settled"):
        trial.passed()
    assert done == ["settled?"]
    assert not cluster.timeline.knows("mended")


def break_promise(cluster: FakeCluster) -> None:
    for name in ("alpha", "bravo"):
        facts = {"boot": "1", "runs": ["web"], "primary": ["web"], "open": []}
        cluster.timeline.note("watch", "watch", at_s=1.0, node=name, **facts)


def test_every_broken_promise_is_told_in_one_line(trial: Trial, cluster: FakeCluster) -> None:
    break_promise(cluster)
    said = "I1: web ran on alpha and bravo at 1.0 s; I2: web was primary on alpha and bravo"
    with pytest.raises(Broken, match=f"^{said} at 1.0 s$"):
        trial.passed()
    assert verdict(trial)[0] == "fail"


def test_a_lab_that_was_unfit_makes_no_honest_test(trial: Trial, cluster: FakeCluster) -> None:
    cluster.timeline.note("probe", "sample", at_s=100.0, guest="web", answered_s=None)
    with pytest.raises(Invalid, match=r"^web: the probe asked 1\.1 times a second"):
        trial.passed()
    assert verdict(trial)[0] == "invalid"


def test_a_failure_is_judged_by_its_first_line(trial: Trial, done: list[str]) -> None:
    trial.failed(AssertionError("web is nowhere\nassert 1 == 2"))
    assert done == JUDGED
    assert verdict(trial) == ("fail", ["web is nowhere"])


@pytest.mark.parametrize("error", [ZeroDivisionError(), ZeroDivisionError("\n\n")])
def test_a_failure_without_a_word_is_called_by_its_kind(trial: Trial, error: Exception) -> None:
    trial.failed(error)
    assert verdict(trial)[0] == "fail"
    assert verdict(trial)[1] == ["ZeroDivisionError"]


def test_a_fault_that_does_not_bite_is_the_labs_failure(trial: Trial) -> None:
    with pytest.raises(Invalid, match=r"^it does not bite$"):
        trial.failed(Invalid("it does not bite"))
    assert verdict(trial)[0] == "invalid"


def test_what_the_judge_found_is_not_judged_twice(
    trial: Trial, cluster: FakeCluster, done: list[str]
) -> None:
    break_promise(cluster)
    with pytest.raises(Broken) as broken:
        trial.passed()
    before = verdict(trial)
    trial.failed(broken.value)
    assert done == ["settled?", *JUDGED]
    assert verdict(trial) == before
    assert not cluster.timeline.knows("failed")


@pytest.mark.parametrize(("wanted", "frozen"), [(True, ["freeze run/test_one"]), (False, [])])
def test_a_failed_lab_is_frozen_last_when_that_is_wanted(
    make: Callable[..., Trial], done: list[str], wanted: bool, frozen: list[str]
) -> None:
    make(freeze=wanted).failed(AssertionError("no"))
    assert done == [*JUDGED, *frozen]


def test_an_invalid_test_is_not_frozen(make: Callable[..., Trial], done: list[str]) -> None:
    with pytest.raises(Invalid):
        make(freeze=True).failed(Invalid("no"))
    assert done == JUDGED


def test_a_lab_that_cannot_be_frozen_keeps_its_verdict(
    make: Callable[..., Trial], cluster: FakeCluster, caplog: pytest.LogCaptureFixture
) -> None:
    def freeze(_: str) -> None:
        raise LabError("too busy")

    cluster.lab.freeze = freeze
    make(freeze=True).failed(AssertionError("no"))
    assert "not frozen: too busy" in caplog.text


def test_the_story_is_that_of_the_record(trial: Trial, cluster: FakeCluster) -> None:
    cluster.timeline.note("fault", "injecting", fault="power cut of alpha", node="alpha")
    told = trial.tells()
    assert list(told) == ["story"]
    assert told["story"].splitlines() == story(cluster.timeline.events())
    assert "injecting: power cut of alpha" in told["story"]


def test_the_verdict_is_told_once_there_is_one(trial: Trial) -> None:
    trial.passed()
    first, *_, last = trial.tells()["verdict"].splitlines()
    assert first == "verdict: pass"
    assert last == "kept: reports/run/test_one"
