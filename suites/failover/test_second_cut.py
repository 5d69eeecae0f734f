"""The survivor loses power as well, in the middle of a failover."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    PowerOff,
    Trigger,
    nobody_fenced_but,
    promoted,
    settled,
    started,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.power]

HELD = timedelta(seconds=20)


@pytest.mark.parametrize("moment", ["promoted", "started"])
def test_no_write_is_lost_when_the_survivor_loses_power_in_the_middle_of_a_failover(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    moment: str,
) -> None:
    """Given a guest whose node has lost power,
    when the survivor loses power as well, just as it has promoted the guest's replica or started
    the guest,
    then nothing runs on the arbitrator, and when both have power again every guest runs once, with
    every acknowledged write.
    """
    host, survivor = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    trigger: Trigger = {"promoted": promoted, "started": started}[moment](guest, survivor)

    with inject(PowerOff(host)), inject(PowerOff(survivor), when=trigger):
        cluster.holds(nobody_fenced_but(host, survivor), throughout=HELD)
    cluster.wait_until(settled(cluster.target.plan), within=cluster.target.timings.rejoin_patience)
    for client in clients.values():
        client.wait_until_answered()
