"""One of the two disks under a node's operating system fails, and is put back.

It needs nodes with a RAID1: pytest suites/storage --profile raid1
"""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    FailedSystemDisk,
    GuestClient,
    Injector,
    NodePlan,
    Objectives,
    Plan,
    nobody_fenced_but,
)

pytestmark = pytest.mark.storage

HELD = timedelta(seconds=30)
DISK_LOST = r"^kernel: md/raid1:md[01]: (Disk failure on |Operation continuing on )"


@pytest.fixture(autouse=True)
def raid1(plan: Plan) -> None:
    """Skips the test if the nodes have a single system disk."""
    if plan.system_disks < 2:
        pytest.skip("the nodes have no RAID1; use --profile raid1")


def test_nothing_moves_when_a_node_loses_one_of_its_system_disks(
    cluster: Cluster,
    node: NodePlan,
    clients: dict[str, GuestClient],
    inject: Injector,
    objectives: Objectives,
) -> None:
    """Given nodes with their operating system on a RAID1 of two disks,
    when one of the disks fails,
    then no guest moves or is disturbed, nobody is fenced, and the arrays are clean again when the
    disk is put back.
    """
    for client in clients.values():
        client.require(objectives.unaffected)
    cluster.expects(DISK_LOST, "md reports the failed disk, and goes on with the other one")

    with inject(FailedSystemDisk(node)):
        cluster.holds(nobody_fenced_but(), throughout=HELD)
