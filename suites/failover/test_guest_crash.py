"""A guest dies: it starts again on the same node."""

import pytest

from harness import (
    Cluster,
    GuestClient,
    GuestPlan,
    Injector,
    KilledGuest,
    Objectives,
    PanickedGuest,
    nobody_fenced_but,
    runs_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.process]

PANIC = r"^kernel: .*(Kernel panic - not syncing: NMI|NMI: Not continuing|Uhhuh\. NMI received)"


def test_guest_is_started_again_when_its_qemu_is_killed(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when its QEMU process is killed,
    then the guest's monitor notices it, the guest starts again on the same node in time, no
    acknowledged write is lost, no node is fenced, and the other guest is not disturbed.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.guest_crash.hit)
    bystander.require(objectives.guest_crash.bystander)

    with inject(KilledGuest(guest, host)):
        probe.wait_until_answered()
        cluster.wait_until(runs_on(guest, host) & nobody_fenced_but())


def test_guest_boots_again_when_its_kernel_panics(
    cluster: Cluster,
    guest: GuestPlan,
    probe: GuestClient,
    bystander: GuestClient,
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given a guest on a data node,
    when its kernel panics,
    then it resets its machine at once and serves again in time, on the same node, no acknowledged
    write is lost, no node is fenced, and the other guest is not disturbed.
    """
    host = cluster.host_of(guest)
    probe.require(objectives.guest_crash.hit)
    bystander.require(objectives.guest_crash.bystander)
    cluster.expects(PANIC, "the test causes this panic")

    with inject(PanickedGuest(guest, host)):
        probe.wait_until_answered()
        cluster.wait_until(runs_on(guest, host) & nobody_fenced_but())
