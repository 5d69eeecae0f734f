"""What every test owes behind its body: a settled cluster, fit probes, no invariant broken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from fixtures.cluster import _audit
from harness.cluster.cluster import Broken
from harness.cluster.status import ClusterStatus
from harness.cluster.waiting import Timeout
from harness.faults.fault import Invalid
from harness.faults.power import PowerOff
from harness.plan import Plan
from harness.timeline import Timeline
from suites.selftest.fakes import FakeLab
from suites.selftest.views import healthy, seen, shot


@dataclass
class FakeCluster:
    """Settles in the snapshot that it is given, or never."""

    lab: FakeLab
    at_last: ClusterStatus | None
    timeline: Timeline = field(default_factory=Timeline)

    def wait_until(self, condition: object, *, within: object) -> ClusterStatus:
        if self.at_last is None:
            raise Timeout(f"not settled: {condition}")
        return self.at_last


@pytest.fixture
def cluster(lab: FakeLab, plan: Plan) -> FakeCluster:
    return FakeCluster(lab, healthy(plan))


@pytest.fixture
def probes() -> SimpleNamespace:
    """Two fit probes that note when they are stopped."""
    probes = SimpleNamespace(stopped=False)
    probes.of = {name: SimpleNamespace(unfit=None) for name in ("web", "shop")}
    probes.stop = lambda: setattr(probes, "stopped", True)
    return probes


@pytest.fixture
def audit(cluster: FakeCluster, probes: SimpleNamespace, plan: Plan) -> Callable[[], None]:
    """The audit of a test that cut alpha's power."""
    injected = [PowerOff(plan.data_nodes[0])]
    return _audit(cluster, probes, SimpleNamespace(injected=injected))


def test_a_cluster_that_kept_its_promise_passes(
    audit: Callable[[], None], cluster: FakeCluster, probes: SimpleNamespace
) -> None:
    cluster.at_last = seen(cluster.at_last, fencings=(shot("alpha"),))
    audit()
    assert probes.stopped


def test_a_cluster_that_does_not_settle_broke_its_promise(
    audit: Callable[[], None], cluster: FakeCluster
) -> None:
    cluster.at_last = None
    with pytest.raises(Timeout, match="the cluster is settled"):
        audit()


def test_a_probe_that_is_unfit_makes_no_honest_test(
    audit: Callable[[], None], probes: SimpleNamespace
) -> None:
    probes.of["shop"].unfit = "the probe has 0 samples"
    with pytest.raises(Invalid, match="the probe has 0 samples"):
        audit()


def test_every_violation_is_told_in_one_line(
    audit: Callable[[], None], cluster: FakeCluster
) -> None:
    for name in ("alpha", "bravo"):
        cluster.timeline.note("survey", "status", at_s=1.0, node=name, guests=["web"], replicas={})
    cluster.at_last = seen(
        cluster.at_last,
        fencings=(shot("bravo"),),
        bans=("cli-ban-web-on-alpha",),
        failures=("web_stop_0 on alpha: error",),
    )
    with pytest.raises(Broken) as broken:
        audit()
    assert str(broken.value) == (
        "I1: web ran on alpha and bravo at 1.0 s; "
        "I8: left behind: cli-ban-web-on-alpha; "
        "I8: left behind: web_stop_0 on alpha: error; "
        "I6: bravo was fenced, nobody meant it"
    )
