"""libvirt's daemon ends or stands still: the guests keep running (f19)."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    KilledProcess,
    Objectives,
    RestartedService,
    StoppedProcess,
    StoppedService,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.process]

FAULTS = {
    "restarted": RestartedService,
    "killed": KilledProcess,
    "hanging": StoppedProcess,
    "stopped": StoppedService,
}
LOST = (
    r"^((libvirtd|pacemaker\S*|VirtualDomain\S*): .*(?i:libvirt|monitor|timed out|time-?out)"
    r"|systemd: libvirtd\.service: Failed with result 'signal')"
)


@pytest.mark.parametrize("act", FAULTS.values(), ids=FAULTS)
def test_guests_keep_serving_when_libvirt_is_gone(
    cluster: Cluster,
    guest: GuestPlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
    act: type[RestartedService | KilledProcess | StoppedProcess | StoppedService],
) -> None:
    """Given a guest on a data node, whose monitor asks libvirt,
    when libvirt's daemon there is restarted, is killed, hangs, or is stopped for longer than a
    monitor's interval,
    then no guest moves or is disturbed, and nobody is fenced.
    """
    host = cluster.host_of(guest)
    plan, timings = cluster.target.plan, cluster.target.timings
    monitored = timedelta(seconds=plan.operations.guest_monitor_s * timings.monitor_scale)
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(LOST, "the test takes libvirt's daemon away")

    with inject(act(host, "libvirtd")):
        cluster.holds(runs_on(guest, host) & nobody_fenced_but(), throughout=monitored)
