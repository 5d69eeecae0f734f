"""In maintenance mode Pacemaker touches nothing, whatever happens."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    KilledGuest,
    Maintenance,
    Objectives,
    nobody_fenced_but,
    runs_on,
    stopped_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.operations]

HELD = timedelta(seconds=45)


def test_guest_that_dies_in_maintenance_mode_starts_when_it_ends(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a cluster in maintenance mode,
    when the QEMU process of a guest is killed,
    then Pacemaker neither starts it nor fences a node, the other guest is not disturbed, and the
    guest starts again on the same node when the mode ends.
    """
    host = cluster.host_of(guest)
    bystander.require(objectives.unaffected)

    with ExitStack() as maintenance:
        maintenance.enter_context(inject(Maintenance()))
        with inject(KilledGuest(guest, host)):
            cluster.holds(stopped_on(guest, host) & nobody_fenced_but(), throughout=HELD)
            maintenance.close()
            cluster.wait_until(runs_on(guest, host))
            probe.wait_until_answered()
