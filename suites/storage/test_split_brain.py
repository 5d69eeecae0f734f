"""Both replicas of a guest have data that the other one lacks."""

from datetime import timedelta

import pytest

from harness import (
    Cluster,
    GuestPlan,
    Injector,
    Maintenance,
    SplitBrain,
    disconnected,
    stopped_on,
)

pytestmark = [pytest.mark.one_guest, pytest.mark.storage]

HELD = timedelta(seconds=30)
SPLIT = r"^kernel: (block drbd\d+|drbd {guest}\S*( drbd\d+)?): .*(?i:split.brain|error|meta conn)"


def test_split_brain_is_refused(cluster: Cluster, guest: GuestPlan, inject: Injector) -> None:
    """Given both replicas of a guest, each of which was primary without the other one and written,
    when they connect again,
    then DRBD detects the split brain and refuses to connect: it discards no data, until a person
    decides which replica keeps its data. Then both are equal again.
    """
    host = cluster.host_of(guest)
    peer = cluster.peer_of(host)
    cluster.expects(SPLIT.format(guest=guest), "DRBD reports the split brain")

    with inject(Maintenance()), inject(SplitBrain(guest, host, peer)):
        cluster.holds(disconnected(guest) & stopped_on(guest, peer), throughout=HELD)
