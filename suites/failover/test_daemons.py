"""A daemon of the cluster dies or stands still: it recovers in place, or its node is fenced."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    KilledProcess,
    Objectives,
    StoppedProcess,
    fenced,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.process]

HELD = timedelta(seconds=45)
RECOVERS = ("pacemakerd", "pacemaker-schedulerd")
"""Programs that nothing else on their node depends on."""
ENDS_CONTROLLER = ("pacemaker-based", "pacemaker-execd", "pacemaker-controld")
"""Programs without which the controller ends. The other nodes see it leave the cluster. Whether
they fence its node depends on how quickly it is back."""
LOST = (
    r"^((pacemaker|corosync)\S*: +(error|crit|warning): "
    r"|systemd: (pacemaker|corosync)\.service: Failed with result 'signal')"
)
WHY = "the other daemons report the one that was killed"
UNAWARE = (
    r"^drbd\(drbd-{guest}\): (ERROR: {guest}: (Called drbdadm .* primary {guest}|Exit code 11"
    r"|Command output:|Command stderr: .*Refusing to be Primary while peer is not outdated)"
    r"|Command 'drbdsetup\S* primary \d+' terminated with exit code 11)"
)
STILL_CONNECTED = (
    "DRBD on the fenced node had worked until then, so its peer did not yet know that it is lost: "
    "the agent's first promotion fails, and it tries again"
)


@pytest.mark.parametrize("program", RECOVERS)
def test_nothing_moves_when_a_daemon_of_pacemaker_is_killed(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    program: str,
) -> None:
    """Given a guest on one data node,
    when a daemon of Pacemaker is killed there,
    then it is started again, no node is fenced, and no guest moves or is disturbed.
    """
    host = cluster.host_of(guest)
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(LOST, WHY)

    with inject(KilledProcess(host, program)):
        cluster.holds(nobody_fenced_but() & runs_on(guest, host), throughout=HELD)


def test_nothing_moves_when_the_fencer_is_killed(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node, which also monitors a fence device,
    when Pacemaker's fencer is killed there,
    then it is started again, no node is fenced, and no guest moves or is disturbed.
    """
    host = cluster.host_of(guest)
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(LOST, WHY)
    cluster.known_gap(
        r"^I8: left behind( on \S+)?: (fence|fail-count-fence)-\S+",
        "Pacemaker counts the lost connection to its fencer as a failure of each fence device that "
        "the fencer monitored",
        "crm_resource --cleanup; failure-timeout forgets it after ten minutes",
    )

    with inject(KilledProcess(host, "pacemaker-fenced")):
        cluster.holds(nobody_fenced_but() & runs_on(guest, host), throughout=HELD)


def test_guest_stays_when_the_attribute_daemon_is_killed(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on one data node,
    when Pacemaker's attribute daemon is killed there,
    then the guest should stay and not be disturbed (f4). It moves: Pacemaker 3.0 forgets the node's
    transient attributes, and DRBD's promotion score is one of them.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.unaffected)
    bystander.require(objectives.unaffected)
    cluster.expects(LOST, WHY)
    cluster.known_gap(
        rf"^unaffected {guest}(\.\S+)? (reads|writes): ",
        "the other nodes delete all transient attributes of a node whose attribute daemon is gone "
        "(pacemaker#3102), so DRBD's promotion score is lost and the other replica is promoted",
        "maintenance mode before an upgrade or restart of the daemons",
    )

    with inject(KilledProcess(host, "pacemaker-attrd")):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
        probe.wait_until_answered()


@pytest.mark.parametrize("program", ENDS_CONTROLLER)
def test_guest_recovers_when_the_controller_of_its_node_ends(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    program: str,
) -> None:
    """Given a guest on one data node,
    when a daemon is killed there without which Pacemaker's controller ends,
    then the guest keeps serving, or its node is fenced and it fails over in time, no write is
    lost, and the other guest is not disturbed.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.lost_daemon.hit)
    bystander.require(objectives.lost_daemon.bystander)
    cluster.expects(LOST, WHY)
    cluster.expects(UNAWARE.format(guest=guest), STILL_CONNECTED)

    with inject(KilledProcess(host, program)):
        cluster.holds(nobody_fenced_but(host), throughout=HELD)
        probe.wait_until_answered()


@pytest.mark.parametrize("program", [*RECOVERS, *ENDS_CONTROLLER, "pacemaker-attrd"])
def test_guest_recovers_when_a_daemon_stands_still(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    program: str,
) -> None:
    """Given a guest on one data node,
    when a daemon of Pacemaker stands still there (SIGSTOP), until pacemakerd replaces it after half
    a minute, or it goes on,
    then the guest keeps serving, or its node is fenced and it fails over in time, no write is
    lost, and the other guest is not disturbed.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.lost_daemon.hit)
    bystander.require(objectives.lost_daemon.bystander)
    cluster.expects(LOST, WHY)
    cluster.expects(UNAWARE.format(guest=guest), STILL_CONNECTED)

    with inject(StoppedProcess(host, program)):
        cluster.holds(nobody_fenced_but(host), throughout=HELD)
    probe.wait_until_answered()


@pytest.mark.parametrize("act", [KilledProcess, StoppedProcess], ids=["killed", "stopped"])
def test_guest_moves_when_corosync_of_its_node_is_lost(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
    act: type[KilledProcess | StoppedProcess],
) -> None:
    """Given a guest on one data node,
    when Corosync ends or stands still there,
    then the node is fenced, the other data node runs the guest in time, no write is lost,
    the other guest is not disturbed, and the node rejoins.
    """
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    bystander.require(objectives.power_cut.bystander)
    cluster.expects(LOST, WHY)
    cluster.expects(UNAWARE.format(guest=guest), STILL_CONNECTED)

    with inject(act(victim, "corosync")):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        probe.wait_until_answered()
