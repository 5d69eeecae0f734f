"""What makes a cluster that was put back well."""

from datetime import timedelta
from pathlib import Path

import pytest

from fixtures import lab as module
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock
from suites.selftest.restored.recording_lab import RecordingLab
from suites.selftest.trials import Stage
from suites.selftest.views import seen


@pytest.fixture
def served(
    living_cluster: RecordingLab, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """A cluster that is looked at, and whose guests serve from the third second on."""
    stage = Stage(living_cluster.plan, living_cluster, clock, tmp_path / "timeline.jsonl")
    stage.timeline.close()
    begin_s = clock.now_s
    monkeypatch.setattr(module, "Cluster", lambda *_: stage.cluster)
    monkeypatch.setattr(module, "guests_serve", lambda _: clock.now_s >= begin_s + 3)
    return stage


def test_a_cluster_is_well_when_it_is_settled_and_its_guests_answer(served: Stage) -> None:
    begin_s = served.clock.now_s
    module.verify(served.lab)
    assert served.done == ["cluster status"]
    assert served.clock.now_s - begin_s == 3


@pytest.mark.parametrize(
    ("change", "within", "missing"),
    [
        ({"dc": None}, timedelta(seconds=90), "^not in 90 s: the cluster is settled"),
        ({"failures": ("web",)}, timedelta(seconds=90), "nothing has failed"),
        ({}, timedelta(seconds=1), "^not in 1 s: all guests answer over HTTP"),
    ],
    ids=["not settled", "failed", "not served"],
)
def test_what_is_missing_of_a_well_cluster_is_named(
    served: Stage, change: dict[str, object], within: timedelta, missing: str
) -> None:
    served.status = seen(served.status, **change)
    with pytest.raises(Timeout, match=missing):
        module.verify(served.lab, within=within)
