"""A guest is paused behind Pacemaker's back."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    Objectives,
    PausedGuest,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.process, pytest.mark.minutes]

MARGIN = timedelta(seconds=10)


def test_paused_guest_is_noticed(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when a person pauses it with libvirt and forgets it,
    then its monitor should notice that and start it again, as after a crash. It does not.
    """
    host = cluster.host_of(guest)
    limits = objectives.guest_crash.hit.limits
    probe.require(objectives.guest_crash.hit)
    bystander.require(objectives.unaffected)
    cluster.known_gap(
        rf"^guest_crash\.hit {guest}(\.\S+)? (reads|writes)",
        "VirtualDomain takes a paused guest for a running one",
        "monitor_scripts of VirtualDomain with a check of the guest's service",
    )

    with inject(PausedGuest(guest, host)):
        probe.wait_while_asking(timedelta(seconds=limits.writes.longest_s) + MARGIN)
    probe.wait_until_answered()
    cluster.wait_until(runs_on(guest, host) & nobody_fenced_but())
