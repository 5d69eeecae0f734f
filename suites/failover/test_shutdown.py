"""A node is shut down in order and switched on again: a reboot for an upgrade."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    Shutdown,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.operations]

CLOSED = r"^libvirtd: Cannot write data: Broken pipe$"


def test_guest_moves_first_when_its_node_is_shut_down(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when a person shuts that node down, and later switches it on,
    then the guest stops in order and serves on the other data node in time, no acknowledged write
    is lost, the other guest is not disturbed, nobody is fenced, and nothing fails back.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.planned_move.hit)
    bystander.require(objectives.planned_move.bystander)
    cluster.expects(CLOSED, "systemd ends the clients of libvirt's daemon before the daemon")

    with inject(Shutdown(host)):
        cluster.wait_until(runs_on(guest, cluster.peer_of(host)) & nobody_fenced_but())
        probe.wait_until_answered()


def test_nothing_moves_when_the_arbitrator_is_shut_down(
    cluster: Cluster, clients: dict[str, GuestClient], inject: Injector, objectives: Objectives
) -> None:
    """Given an arbitrator that votes and fences,
    when a person shuts it down, and later switches it on,
    then no guest moves or is disturbed, and nobody is fenced.
    """
    guests = cluster.target.plan.guests.values()
    hosts = {guest: cluster.host_of(guest) for guest in guests}
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(Shutdown(cluster.arbitrator)):
        pass
    for guest, host in hosts.items():
        cluster.wait_until(runs_on(guest, host) & nobody_fenced_but())
