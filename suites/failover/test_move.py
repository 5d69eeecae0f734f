"""A guest moves when a person asks for it, without a fence."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Move,
    Objectives,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.quick, pytest.mark.operations]


def test_guest_is_moved_by_a_person(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when a person moves it to the other data node and then clears the constraint,
    then it shuts down in order, serves there in time, no acknowledged write is lost, the other
    guest is not disturbed, no node is fenced, and the guest does not fail back.
    """
    host = cluster.host_of(guest)
    peer = cluster.peer_of(host)
    probe.require(objectives.planned_move.hit)
    bystander.require(objectives.planned_move.bystander)

    with inject(Move(guest, peer, source=host)):
        cluster.wait_until(runs_on(guest, peer) & nobody_fenced_but())
        probe.wait_until_answered()
    assert cluster.ends_of(guest) == ["Stopped Shutdown"]
