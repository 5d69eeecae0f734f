"""Figures of the harness itself: what its eyes cost and see, how fast it judges and freezes."""

import time
from datetime import timedelta
from itertools import pairwise, product

import pytest

from harness.cluster.cluster import Cluster
from harness.judge.verdict import judge
from harness.milestones import milestones
from harness.observe.http_probe import Probes
from harness.plugin import folder_of
from harness.record.timeline import Timeline, read
from harness.report.verdicts import TIMELINE
from harness.trial import Trial
from suites.bench.processor import cores

WINDOW = timedelta(seconds=120)
"""As long as the emulated profile's monitors take to come around: a shorter one tells of them."""


def test_what_observing_costs_and_sees(
    cluster: Cluster, timeline: Timeline, request: pytest.FixtureRequest
) -> None:
    """The settled lab with nobody looking, then with all observers on: its processor time."""
    alone = cores(cluster.lab, WINDOW)
    folder = folder_of(request.node)
    probes = Probes(cluster.lab.plan.guests.values(), timeline)
    trial = Trial(cluster, probes, folder, freeze=False)
    probes.start()
    trial.begin()
    milestones.measure("observing_cores", cores(cluster.lab, WINDOW) - alone)
    trial.judge()
    for kind, guest in product(("sample", "ping"), cluster.lab.plan.guests):
        asked = [e.at_s for e in timeline.events(kind) if e.detail["guest"] == guest]
        gaps = sorted(later - earlier for earlier, later in pairwise(asked))
        milestones.measure(f"{kind}_gap_p99_s", gaps[len(gaps) * 99 // 100])
    start = time.monotonic()
    judge(read(folder / TIMELINE))
    milestones.measure("judging_s", time.monotonic() - start)


def test_freeze_and_thaw(cluster: Cluster) -> None:
    """Save the lab as it stands, and put it back in a new capsule until a node's shell answers."""
    lab = cluster.lab
    start = time.monotonic()
    lab.freeze("bench/moment")
    milestones.measure("freeze_s", time.monotonic() - start)
    start = time.monotonic()
    lab.thaw("bench/moment")
    lab.shell.check(lab.plan.data_nodes[0], "true")
    milestones.measure("thaw_s", time.monotonic() - start)
