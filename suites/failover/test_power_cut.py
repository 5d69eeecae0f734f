"""A node loses power: its guests fail over, and nothing else moves."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    dc_among,
    fenced,
    nobody_fenced_but,
    online,
    runs_on,
)

pytestmark = pytest.mark.power

MINUTES = timedelta(minutes=1)


@pytest.mark.quick
def test_guest_moves_when_its_node_loses_power(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when that node loses power,
    then it is fenced, and the other data node runs the guest within the recovery time,
    no acknowledged write is lost, the other guest is not disturbed,
    and the guest does not fail back when the node returns.

        host ✗──────peer      host: off
            ╲      ╱          peer: runs both guests
             arbiter
    """
    victim = cluster.host_of(guest)
    survivor = cluster.peer_of(victim)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)

    with inject(PowerOff(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, survivor))
        probe.wait_until_answered()


def test_guest_moves_when_the_dc_loses_power(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a data node whose Pacemaker is the DC, because that of the arbitrator was restarted,
    when that node loses power,
    then the others elect a DC, fence the node, and recover as from any other power cut.
    """
    plan = cluster.target.plan
    cluster.target.shell.check(cluster.arbitrator, "systemctl --no-block restart pacemaker")
    status = cluster.wait_until(dc_among(plan.data_nodes) & online(cluster.nodes))
    victim = plan.nodes[status.view.dc or ""]
    [guest] = [guest for guest in plan.guests.values() if cluster.host_of(guest) == victim]
    for name, client in clients.items():
        of = objectives.power_cut
        client.require(of.hit if name == guest.name else of.bystander)

    with inject(PowerOff(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        clients[guest.name].wait_until_answered()


@pytest.mark.quick
def test_nothing_moves_when_the_arbitrator_loses_power(
    cluster: Cluster,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on each data node,
    when the arbitrator loses power,
    then the data nodes stay quorate and fence it, no guest moves or is disturbed,
    and the arbitrator rejoins when it has power again.
    """
    for client in clients.values():
        client.require(objectives.unaffected)

    with inject(PowerOff(cluster.arbitrator)):
        cluster.wait_until(fenced(cluster.arbitrator))
        cluster.holds(nobody_fenced_but(cluster.arbitrator), throughout=MINUTES / 2)
