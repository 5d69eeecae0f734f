"""One frozen snapshot: whose view counts, what runs where, and how it reads."""

from dataclasses import replace

import pytest

from harness.cluster.status import ClusterStatus, NodeStatus, Pacemaker, Replica
from harness.plan import Plan
from suites.selftest.views import changed, healthy, shot, silent


@pytest.fixture
def status(plan: Plan) -> ClusterStatus:
    """All is well: alpha is the DC and runs web, bravo runs shop."""
    return healthy(plan)


def telling(status: ClusterStatus, name: str, *, dc: str | None) -> ClusterStatus:
    """A node's own view: it can be told from the others' by what was fenced."""
    said = status.reachable[name]
    return changed(
        status, name, pacemaker=replace(said.pacemaker, dc=dc, fencings=(shot(f"by {name}"),))
    )


def test_the_view_that_counts_is_the_dcs_own(status: ClusterStatus) -> None:
    doctored = telling(telling(status, "bravo", dc="bravo"), "alpha", dc="bravo")
    assert doctored.view.fencings == (shot("by bravo"),)


def test_a_dc_without_quorum_does_not_count(status: ClusterStatus) -> None:
    isolated = changed(telling(status, "alpha", dc="alpha"), "alpha", quorate=False)
    doctored = telling(isolated, "arbiter", dc="arbiter")
    assert doctored.view.fencings == (shot("by arbiter"),)


def test_any_quorate_view_counts_when_the_dc_is_silent(status: ClusterStatus) -> None:
    doctored = silent(telling(status, "bravo", dc="alpha"), "alpha")
    assert doctored.view.fencings == (shot("by bravo"),)


def test_a_node_that_knows_no_dc_has_no_view_that_counts(status: ClusterStatus) -> None:
    doctored = silent(telling(status, "bravo", dc=None), "alpha", "arbiter")
    assert doctored.view == Pacemaker()


def test_without_any_answer_the_view_is_empty(status: ClusterStatus) -> None:
    assert silent(status, *status.nodes).view == Pacemaker()


def test_only_nodes_that_answered_are_reachable(status: ClusterStatus) -> None:
    assert list(silent(status, "bravo").reachable) == ["alpha", "arbiter"]


def test_a_guest_runs_where_its_process_is(status: ClusterStatus) -> None:
    assert status.running("web") == ("alpha",)
    assert changed(status, "bravo", guests=("shop", "web")).running("web") == ("alpha", "bravo")
    assert silent(status, "alpha").running("web") == ()


def test_a_primary_is_where_the_replica_says_so(status: ClusterStatus) -> None:
    assert status.primaries("shop") == ("bravo",)
    assert changed(status, "bravo", replicas={}).primaries("shop") == ()


@pytest.mark.parametrize(
    ("side", "good"),
    [
        (Replica("Primary", "UpToDate", "Connected", "UpToDate"), True),
        (Replica("Secondary", "UpToDate", "Connected", "UpToDate"), True),
        (Replica("Primary", "UpToDate", "Connected", "Inconsistent"), False),
        (Replica("Primary", "Diskless", "Connected", "UpToDate"), False),
        (Replica("Primary", "UpToDate", "Connecting", "UpToDate"), False),
        (Replica(), False),
    ],
)
def test_a_replica_is_healthy_on_both_sides_or_not_at_all(side: Replica, good: bool) -> None:
    assert side.healthy is good


def test_a_snapshot_reads_as_one_line(status: ClusterStatus) -> None:
    said = str(silent(status, "alpha"))
    assert said == (
        "alpha: no answer; "
        "bravo: quorate, S_NOT_DC, sees alpha,bravo,arbiter, shop, "
        "shop Primary/UpToDate/Connected,web Secondary/UpToDate/Connected; "
        "arbiter: quorate, S_NOT_DC, sees alpha,bravo,arbiter, no guest, "
    )


def test_a_node_whose_daemons_are_dead_reads_as_such() -> None:
    dead = NodeStatus("1", False, "none", Pacemaker(), {}, ())
    assert str(ClusterStatus({"alpha": dead})) == "alpha: no quorum, none, sees nobody, no guest, "
