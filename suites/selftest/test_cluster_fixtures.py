"""What a test asks for by name, put together with plugin and trial: from the body to the verdict.

The tests in here run tests of their own, with the real fixtures; only the lab, the observers and
the clock are fakes.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import ClusterError, LabError
from harness.judge.judgement import Verdict
from harness.judge.limits import DEFAULT, load
from harness.record.events import FaultInjecting, Opened
from harness.runs.store import read_verdict
from suites.selftest.failover import END_S, observed
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.outside import CONFTEST, NoExpiry, StagePlugin
from suites.selftest.trials import Stage, fake_observers

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]
BODY = """
import pytest

def test_it(trial, stage):
    stage.acts["play"]()
    {0}
"""
HARM = """
import pytest
from harness.errors import ClusterError
from harness.faults.power import PowerOff

def test_it(cluster, inject, stage):
    stage.acts["play"]()
    with inject(PowerOff(cluster.nodes[0])):
        raise ClusterError("web is nowhere")
"""


@pytest.fixture
def stage(
    lab: FakeLab, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    clock.now_s = 0.0
    stage = Stage(lab.plan, lab, clock, tmp_path / "timeline.jsonl")
    fake_observers(stage, monkeypatch)
    monkeypatch.setattr("fixtures.cluster.Timeline", lambda _: stage.timeline)
    monkeypatch.setattr("fixtures.cluster.Cluster", lambda *_: stage.cluster)
    monkeypatch.setattr("fixtures.cluster.verify", lambda _: stage.call("cluster verified"))
    monkeypatch.setattr("harness.faults.inject.Expiry", NoExpiry)

    def play() -> None:
        for event in observed(stage.timeline.of(Opened)[0].run):
            stage.timeline.note(event)
        stage.clock.now_s = END_S

    stage.acts |= {"play": play, "final_state collect": lambda: stage.clock.jump(4)}
    yield stage
    stage.timeline.close()


@pytest.fixture
def run(pytester: pytest.Pytester, stage: Stage, tmp_path: Path) -> Run:
    """Run these tests; each has its folder below `run`."""
    pytester.makeini("[pytest]\naddopts = -p harness.pytest_plugin.plugin")
    pytester.makeconftest(CONFTEST)
    (pytester.path / "selftest").mkdir()

    def run(code: str, *more: str) -> pytest.RunResult:
        (pytester.path / "selftest" / "test_one.py").write_text(code)
        outside = StagePlugin(stage, tmp_path / "run")
        options = ("-p", "no:cacheprovider", "selftest", "-q", *more)
        return pytester.runpytest_inprocess(*options, plugins=[outside])

    return run


def verdict(folder: Path) -> tuple[str, list[str]]:
    """The verdict that the only test left, and what was broken, else unfit."""
    stored = read_verdict(next((folder / "run").iterdir()))
    return stored.verdict, list(stored.broken or stored.unfit)


def test_a_cluster_that_keeps_its_promises_passes(run: Run, tmp_path: Path) -> None:
    result = run(BODY.format("pass"))
    result.assert_outcomes(passed=1)
    assert verdict(tmp_path) == ("pass", [])
    result.stdout.fnmatch_lines(["*verdicts*", "*verdict: pass"])


@pytest.mark.parametrize(
    ("body", "outcome", "expected"),
    [
        ("assert 'web' == 'shop', 'web is nowhere'", "failed", ("fail", "web is nowhere")),
        ("pytest.fail('late')", "failed", ("fail", "late")),
        (
            "pytest.skip('no')",
            "errors",
            ("invalid", "the test skipped itself while it was observed: no"),
        ),
        ("1 // 0", "errors", ("invalid", "integer division or modulo by zero")),
        ("open('/nowhere')", "errors", ("invalid", "[Errno 2] No such file or directory")),
    ],
    ids=["assertion", "pytest.fail", "skip", "error", "this machine"],
)
def test_only_a_broken_promise_fails_and_anything_else_is_invalid(
    run: Run, tmp_path: Path, body: str, outcome: str, expected: tuple[str, str]
) -> None:
    run(BODY.format(body)).assert_outcomes(**{outcome: 1})
    found, [reason] = verdict(tmp_path)
    assert (found, reason.startswith(expected[1])) == (expected[0], True), reason


def test_a_cluster_that_is_broken_before_the_fault_fails_and_so_does_its_checkpoint(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    """Every further test would begin with it, so they are skipped with the cause."""

    def start() -> None:
        stage.acts["play"]()
        raise ClusterError("web.redis takes no writes\nlast seen: x")

    stage.acts["write_workload start"] = start
    run(BODY.format("pass")).assert_outcomes(failed=1)
    assert verdict(tmp_path) == ("fail", ["web.redis takes no writes"])
    assert stage.lab.broken == "web.redis takes no writes"


def test_a_lab_that_cannot_be_observed_is_an_error_and_the_next_test_may_try(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    stage.fails("node_agent start", LabError("alpha: no way in"))
    result = run(BODY.format("pass"))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*INVALID: alpha: no way in*"])
    assert verdict(tmp_path)[0] == "invalid"
    assert stage.lab.broken is None


def test_a_fault_that_a_failing_body_left_is_lifted_after_the_verdict(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    powered: list[bool] = []
    stage.acts["power_log stop"] = lambda: powered.append(stage.lab.hypervisor.powered["alpha"])
    run(HARM).assert_outcomes(failed=1)
    assert not powered[0]
    assert stage.lab.hypervisor.powered["alpha"]
    assert verdict(tmp_path) == ("fail", ["web is nowhere"])


def test_each_fault_waits_until_the_observers_are_ready(run: Run, stage: Stage) -> None:
    stage.fails("write_workload before_fault", ClusterError("web.redis takes no writes"))
    run(HARM).assert_outcomes(failed=1)
    assert stage.lab.hypervisor.powered["alpha"]
    assert len(stage.timeline.of(FaultInjecting)) == 1  # the one that was played


def test_a_fault_that_cannot_be_lifted_amends_the_verdict(
    run: Run, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_: str) -> None:
        raise LabError("no power for alpha")

    monkeypatch.setattr(stage.lab.hypervisor, "power_on", stuck)
    run(HARM).assert_outcomes(failed=1, errors=1)
    stored = read_verdict(next((tmp_path / "run").iterdir()))
    assert stored.verdict is Verdict.INVALID
    assert (stored.broken, stored.unfit) == (("web is nowhere",), ("no power for alpha",))


def test_a_lab_that_is_gone_makes_no_honest_test_and_nothing_is_lifted(
    run: Run, stage: Stage
) -> None:
    stage.acts["play"] = lambda: setattr(stage.lab, "gone", "the lab was ended from outside")
    result = run(HARM)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*INVALID: the lab was ended from outside*"])
    assert not stage.lab.hypervisor.powered["alpha"]
    assert "http_probe stop" in stage.done


def test_a_cluster_that_is_not_observed_is_verified_before_the_body(run: Run, stage: Stage) -> None:
    run("def test_it(cluster): pass").assert_outcomes(passed=1)
    assert stage.done == ["cluster verified"]


def test_a_cluster_that_is_observed_is_verified_once_on_its_record(run: Run, stage: Stage) -> None:
    run(BODY.format("pass")).assert_outcomes(passed=1)
    assert "cluster verified" not in stage.done
    assert "cluster status" in stage.done


NOUNS = """
def test_it(guest, clients, probe, bystander, objectives, stage):
    stage.acts["play"]()
    print("clients:", probe, bystander, clients[guest.name], len(clients))
    print("limit:", objectives.power_cut.hit.limits.reads.longest_s)
"""


@pytest.mark.parametrize(("one", "other"), [("web", "shop"), ("shop", "web")])
def test_a_test_names_the_parts_of_guests_and_the_limits_of_its_lab(
    run: Run, stage: Stage, one: str, other: str
) -> None:
    limit_s = load(stage.lab.accel).power_cut.hit.limits.reads.longest_s
    result = run(NOUNS, "-s", "-k", one)
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            f"clients: client of {one} client of {other} client of {one} 2",
            f"limit: {limit_s}",
        ]
    )


def test_another_file_may_hold_the_limits(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "site.yml"
    file.write_text(re.sub(r"longest_s: [\d.]+", "longest_s: 7.5", DEFAULT.read_text()))
    result = run(NOUNS, "-s", "-k", "web", f"--objectives={file}")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["limit: 7.5"])
