"""The arbitrator and a data node lose power, together or one after the other."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    every,
    fenced,
    runs_on,
    settled,
    stopped_on,
)
from suites.quorum.held_writes import expect_failed_stop

pytestmark = [pytest.mark.one_guest, pytest.mark.power, pytest.mark.minutes]

HELD = timedelta(seconds=30)


def test_last_node_runs_nothing_without_quorum(
    cluster: Cluster, guest: GuestPlan, inject: Injector
) -> None:
    """Given a guest on each data node,
    when the arbitrator loses power, and then the host of one guest,
    then the last node has no quorum: it stops its own guest, starts none for a while, and all
    guests run again when both nodes have power.
    """
    host = cluster.host_of(guest)
    last = cluster.peer_of(host)
    guests = cluster.target.plan.guests.values()
    nothing_runs = every("no guest runs", [stopped_on(one, last) for one in guests])
    expect_failed_stop(cluster, last)
    cluster.allow_fencing(host, "nobody could confirm its loss of power before the quorum is back")

    with inject(PowerOff(cluster.arbitrator)):
        cluster.wait_until(fenced(cluster.arbitrator))
        with inject(PowerOff(host)):
            cluster.wait_until(nothing_runs)
            cluster.holds(nothing_runs, throughout=HELD)


def test_guest_fails_over_when_the_arbitrator_has_returned(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given an arbitrator that lost power and has returned,
    when the host of a guest loses power,
    then the guest fails over as usual.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)

    with inject(PowerOff(cluster.arbitrator)):
        cluster.wait_until(fenced(cluster.arbitrator))
    cluster.wait_until(settled(cluster.target.plan))
    with inject(PowerOff(host)):
        cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
        probe.wait_until_answered()
