"""Was the lab fast enough to be honest? From what the host's scheduler told while the test ran."""

from collections.abc import Iterator, Sequence

from harness.timeline import Event

WINDOW_S = 5.0
MOST_WAITED = 0.6
"""Of a window, waiting for a processor of the host. A failover on two cores of their own has the
machines wait for up to a third; Corosync gives a node up that does not run for its token, 3 s."""


def starved(events: Sequence[Event]) -> list[str]:
    """Machines that did not get the processor that an honest test needs; a line for each."""
    looks = [event for event in events if event.kind == "pace"]
    nodes = sorted({name for look in looks for name in look.detail["waited"]})
    worst = {node: max(_windows(looks, node), default=0.0) for node in nodes}
    return [
        f"{node} waited for a processor of this host for {share:.0%} of {WINDOW_S:.0f} s, "
        f"{MOST_WAITED:.0%} is the most: leave the host to the lab"
        for node, share in worst.items()
        if share > MOST_WAITED
    ]


def _windows(looks: Sequence[Event], node: str) -> Iterator[float]:
    """The share that the node waited, of each stretch of that length."""
    mine = [look for look in looks if node in look.detail["waited"]]
    for last in range(len(mine)):
        total = waited = 0.0
        for look in reversed(mine[: last + 1]):
            total += look.detail["seconds"]
            waited += look.detail["seconds"] * look.detail["waited"][node]
            if total >= WINDOW_S:
                yield waited / total
                break
