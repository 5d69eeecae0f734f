"""A trial of a good failover, and its stored record and verdict."""

from harness.record.events import EVENT, Blame, Event, Failure, Opened
from harness.runs.store import read_verdict
from harness.trial import Trial
from suites.selftest.failover import END_S, observed
from suites.selftest.node_events import line
from suites.selftest.trials import CLASSES, Stage

ALL = sorted(CLASSES.values())
LISTED = sorted(set(ALL) - {"power_log"})
"""Observers that end together."""
OF_GUESTS = {"http_probe", "icmp_probe", "write_workload"}
"""Observers that begin when the cluster is verified."""
OOPS = line(40, "bravo", "kernel", "Oops: 0002 [#1]")
BROKEN = "I9: bravo: kernel: Oops: 0002 [#1]"


def run_through(trial: Trial, stage: Stage) -> Trial:
    """Begin the trial, and record the events of a good failover up to its end."""
    trial.begin()
    for event in observed(stage.timeline.of(Opened)[0].run):
        stage.timeline.note(event)
    stage.clock.now_s = END_S
    stage.acts["final_state collect"] = lambda: stage.clock.jump(4)
    stage.done.clear()
    return trial


def noted(stage: Stage, *kinds: type[Event]) -> list[type[Event]]:
    """Return the types of the recorded events in order, restricted to `kinds` if given."""
    events = [EVENT.validate_json(line) for line in stage.record.read_bytes().splitlines()]
    return [type(event) for event in events if isinstance(event, kinds or Event)]


def stored(trial: Trial) -> tuple[str, list[str], list[str]]:
    """Return the stored verdict, its broken invariants, and its reasons to be unfit."""
    verdict = read_verdict(trial.folder)
    return verdict.verdict, list(verdict.broken), list(verdict.unfit)


def trouble(stage: Stage) -> list[tuple[str, Blame]]:
    return [(failure.reason, failure.blame) for failure in stage.timeline.of(Failure)]
