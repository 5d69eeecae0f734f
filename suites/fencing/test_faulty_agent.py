"""The fence agent is slow, or its requests are refused for a while."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Literal

import pytest

from harness import (
    Cluster,
    FaultyFenceAgent,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PowerOff,
    fenced,
    not_fenced,
    offline,
    online,
    runs_on,
    stopped_on,
)
from suites.fencing.failed_fencing import expect_failed_fencing

pytestmark = [pytest.mark.one_guest, pytest.mark.fencing, pytest.mark.minutes]

HELD = timedelta(seconds=45)
RETURN = timedelta(seconds=90)
STOPS = (
    r"^(pacemaker\S*: .*(?i:allegedly|shut|exit|attrd|leav)"
    r"|systemd: corosync\.service: Failed with result 'exit-code')"
)


@pytest.mark.parametrize("how", ["slow", "slow to confirm"])
def test_guest_waits_for_a_slow_fence_device(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    how: Literal["slow", "slow to confirm"],
) -> None:
    """Given a fence device that needs 30 s to act, or to confirm,
    when the host of a guest loses power,
    then the failover takes that much longer, and nothing is promoted or started before the fencing
    is confirmed.
    """
    host = cluster.host_of(guest)
    others = tuple(node for node in cluster.nodes if node != host)
    probe.require(objectives.fence_retry.hit)
    bystander.require(objectives.fence_retry.bystander)

    with inject(FaultyFenceAgent(others, how)), inject(PowerOff(host)):
        cluster.wait_until(fenced(host) & runs_on(guest, cluster.peer_of(host)))
        probe.wait_until_answered()


def test_fencing_is_tried_again_until_the_device_accepts_it(
    cluster: Cluster, guest: GuestPlan, probe: GuestClient, inject: Injector
) -> None:
    """Given a fence device that refuses each request,
    when the host of a guest loses power,
    then nothing is promoted and the guest starts nowhere, until the device accepts a request: then
    the host is fenced and the guest fails over without help.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    others = tuple(node for node in cluster.nodes if node != host)
    expect_failed_fencing(cluster)

    with ExitStack() as refusing:
        refusing.enter_context(inject(FaultyFenceAgent(others, "refusing")))
        with inject(PowerOff(host)):
            cluster.holds(stopped_on(guest, peer) & not_fenced(host), throughout=HELD)
            refusing.close()
            cluster.wait_until(fenced(host) & runs_on(guest, peer))
            probe.wait_until_answered()


def test_fenced_node_that_returns_before_the_confirmation_joins(
    cluster: Cluster, guest: GuestPlan, probe: GuestClient, inject: Injector
) -> None:
    """Given a fence device that confirms each request two minutes late,
    when the host of a guest loses power, and has it again before its fencing is confirmed,
    then it should join when the guest has failed over (f11). Its Pacemaker stays stopped: when the
    confirmation comes, the node takes it for a fencing of this boot.
    """
    host, peer = cluster.host_of(guest), cluster.peer_of(cluster.host_of(guest))
    others = tuple(node for node in cluster.nodes if node != host)
    expect_failed_fencing(cluster)
    cluster.expects(STOPS, "a fenced node stops Pacemaker and Corosync")
    cluster.known_gap(
        "^not in .* online",
        "a node that is told of its own fencing after it has booted stops Pacemaker for good "
        '("We were allegedly just fenced")',
        "a fence agent that confirms as soon as the power is off; systemctl start pacemaker",
    )

    with inject(FaultyFenceAgent(others, "slow to confirm", delay_s=120)):
        with inject(PowerOff(host)):
            cluster.wait_until(offline(host))
        cluster.wait_until(fenced(host) & runs_on(guest, peer))
        probe.wait_until_answered()
        cluster.wait_until(online([host]), within=RETURN)
