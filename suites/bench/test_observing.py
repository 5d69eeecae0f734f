"""Figures of the harness: the cost of its observers, and the speed of reading and freezing."""

import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from harness.cluster.cluster import Cluster
from harness.judge.verdict import judge_file
from harness.lab.lab import Lab
from harness.observe.agent_control import LOG
from harness.pytest_plugin.stash import folder_of
from harness.record.events import FaultInjecting, HttpSample, IcmpSample
from harness.record.timeline import Record, Timeline, read
from harness.runs.run_metadata import milestones
from harness.runs.store import TIMELINE
from harness.target.target import Target
from harness.trial import Trial
from suites.bench.long_record import EVENTS, lengthen
from suites.bench.processor import cores

WINDOW = timedelta(seconds=120)
"""Longest monitor interval of the emulated profile. A shorter window would measure the monitors."""


def test_what_observing_costs_and_sees(
    cluster: Cluster, timeline: Timeline, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Processor time of the settled lab, without and with all observers.

    It is measured with the rates before a fault, when echoes and writes are frequent, and with
    those after it. The fault is only on record.
    """
    host = cluster.target.host
    _end_agents(cluster.target)
    alone = cores(host, WINDOW)
    folder = folder_of(request.node)
    trial = Trial(cluster, folder, freeze=False)
    try:
        trial.begin()
        milestones.measure("observing_before_fault_cores", cores(host, WINDOW) - alone)
        timeline.note(FaultInjecting(fault="none", victims=(), may_be_fenced=()))
        milestones.measure("observing_cores", cores(host, WINDOW) - alone)
        trial.judge()
    finally:
        trial.close()
    timeline.close()
    _measure_gaps(timeline.record())
    _measure_reading(folder / TIMELINE, tmp_path / TIMELINE)


def _end_agents(target: Target) -> None:
    """End the agents that run in the checkpoint, with the commands that they started."""
    target.shell.each(
        target.plan.data_nodes,
        lambda node: target.shell.check(node, f"read -r pid < {LOG}.pid && kill -KILL -- -$pid"),
    )


def _measure_gaps(record: Record) -> None:
    """Measure the time between two requests to a guest; for echoes, before the fault only."""
    fault_s = record.faults[0].at_s
    for guest in record.opened.guests:
        asked = [e.at_s for e in record.of(HttpSample) if e.guest == guest]
        milestones.measure("http_gap_p99_s", _gap_p99_s(asked))
        asked = [e.at_s for e in record.of(IcmpSample) if e.guest == guest and e.at_s < fault_s]
        milestones.measure("echo_gap_p99_s", _gap_p99_s(asked))


def _gap_p99_s(moments_s: Iterable[float]) -> float:
    gaps = sorted(later - earlier for earlier, later in pairwise(moments_s))
    return gaps[len(gaps) * 99 // 100]


def _measure_reading(file: Path, longer: Path) -> None:
    """Measure the judging of the stored record, and the reading of a long one."""
    start = time.monotonic()
    judge_file(file)
    milestones.measure("judging_s", time.monotonic() - start)
    lengthen(file, longer)
    for _ in range(3):
        start = time.monotonic()
        read(longer)
        milestones.measure("reading_events_per_s", EVENTS / (time.monotonic() - start))


def test_freeze_and_thaw(restored: Target, lab_cluster: Lab) -> None:
    """Freeze the lab, and thaw it in a new capsule until a node's shell answers."""
    lab = lab_cluster
    del restored
    start = time.monotonic()
    lab.freeze("bench/moment")
    milestones.measure("freeze_s", time.monotonic() - start)
    start = time.monotonic()
    lab.thaw("bench/moment")
    lab.shell.check(lab.plan.data_nodes[0], "true")
    milestones.measure("thaw_s", time.monotonic() - start)
