"""Before a test's body: the record is opened, and the cluster is verified."""

import re
from pathlib import Path

import pytest

from harness.cluster.cluster import Cluster
from harness.record.events import Opened, Settled
from harness.record.timeline import Timeline
from harness.target.target import Capability, Unsupported
from harness.trial import Trial
from harness.waiting import Timeout
from suites.selftest.fakes import FakeTarget
from suites.selftest.records import OBSERVERS, STORES
from suites.selftest.trial.passage import ALL, noted
from suites.selftest.trials import Stage
from suites.selftest.views import seen


def test_the_record_is_opened_before_anybody_observes(trial: Trial, stage: Stage) -> None:
    found: list[bool] = []
    for name in ALL:
        stage.acts[f"{name} start"] = lambda: found.append(stage.timeline.knows(Opened))
    trial.begin()
    assert stage.calls("start") == ALL
    assert found == [True] * len(ALL)
    assert noted(stage)[0] is Opened


def test_the_cluster_counts_as_settled_when_all_observe_and_it_was_verified(
    trial: Trial, stage: Stage
) -> None:
    found: list[bool] = []
    for call in (*(f"{name} start" for name in ALL), "cluster status"):
        stage.acts[call] = lambda: found.append(stage.timeline.knows(Settled))
    trial.begin()
    assert stage.calls("status") == ["cluster"]
    assert found == [False] * (len(ALL) + 1)
    assert noted(stage)[-1] is Settled


def test_the_record_says_what_it_is_about(trial: Trial, stage: Stage) -> None:
    trial.begin()
    [opened] = stage.timeline.of(Opened)
    timings = stage.lab.timings
    assert (opened.test, opened.profile) == ("test_one", "tcg")
    assert opened.nodes == {"alpha": "data", "bravo": "data", "arbiter": "arbitrator"}
    assert (opened.guests, opened.stores) == (("web", "shop"), STORES)
    assert opened.observers == OBSERVERS
    assert (opened.token_s, opened.quorum_stop_s) == (
        *(stage.plan.corosync.token_ms / 1000, timings.quorum_stop_s),
    )


def test_what_a_trial_writes_names_that_trial_alone(
    trial: Trial, stage: Stage, folder: Path
) -> None:
    trial.begin()
    run = stage.timeline.of(Opened)[0].run
    assert re.fullmatch("[0-9a-f]{8}", run)
    assert stage.given["write_workload"]["run"] == stage.given["journals"]["run"] == run
    Trial(stage.cluster, folder)
    assert stage.given["write_workload"]["run"] != run


def test_a_target_that_cannot_be_observed_bears_no_trial(target: FakeTarget, folder: Path) -> None:
    """Each observer names what it needs."""
    target.capabilities = frozenset({Capability.LINKS})
    needs = r"^a judged test needs baseline and host and power; this target offers links$"
    with pytest.raises(Unsupported, match=needs):
        Trial(Cluster(target, Timeline()), folder)


def test_a_trial_that_is_discarded_leaves_no_record(trial: Trial, folder: Path) -> None:
    trial.begin()
    assert (folder / "timeline.jsonl").exists()
    trial.discard()
    assert not folder.exists()


@pytest.mark.usefixtures("trial")
def test_questions_and_writes_come_at_the_profiles_rate(stage: Stage) -> None:
    timings = stage.lab.timings
    echoes, writes = stage.given["icmp_probe"]["after"], stage.given["write_workload"]["period"]
    assert [str(echoes), str(writes)] == ["0:00:00.096000", "0:00:00.960000"]
    assert (timings.echo_period_ms, timings.write_period_ms) == (96, 960)


@pytest.mark.parametrize("change", [{"failures": ("web_start on alpha",)}, {"dc": None}], ids=str)
def test_a_cluster_that_is_not_well_is_not_harmed(
    trial: Trial, stage: Stage, change: dict[str, object]
) -> None:
    stage.status = seen(stage.status, **change)
    with pytest.raises(Timeout, match=r"^not in 90 s: the cluster is settled, and nothing has fai"):
        trial.begin()
    assert stage.clock.now_s == 90
    assert not stage.timeline.knows(Settled)
