"""Was the lab fast enough to be honest? By the host's scheduler and its steal, and by how long
the guests' syncs take."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from harness.judge.measures.write_loss import Write
from harness.record.timeline import Event

WINDOW_S = 5.0
MOST_WAITED = 0.6
"""Of a window: a machine waiting for a processor of the host, or the host for one of the machine
that carries it. A failover on two cores of their own has the machines wait for up to a third, a
second lab beside it for 60 to 80 %. Corosync gives a node up that does not run for 3 s."""
SLOWEST_SYNC_S = 1.5
"""From a write to its acknowledgement, which needs the sync of both nodes' disks; 0.05 to 0.3 s in
emulation on a quick host. After 2 s a client of these stores gives up."""


def starved(events: Sequence[Event]) -> list[str]:
    """Who did not get the processors that an honest test needs: machines, or the host itself."""
    looks = [event.detail for event in events if event.kind == "pace"]
    shares = {
        f"{node} waited for a processor of this host for": _of(looks, node)
        for node in sorted({name for look in looks for name in look["waited"]})
    }
    stolen = [(look["seconds"], look.get("stolen", 0.0)) for look in looks]
    shares["this host's processors were taken from it for"] = stolen
    limit = f"of {WINDOW_S:.0f} s, {MOST_WAITED:.0%} is the most: leave the host to the lab"
    return [
        f"{told} {share:.0%} {limit}"
        for told, pairs in shares.items()
        if (share := max(_windows(pairs), default=0.0)) > MOST_WAITED
    ]


def slow_store(writes: Iterable[Write], fault_s: float) -> str | None:
    """Why a store was too slow before the fault for anything to be told of what it lost."""
    took_s = median(
        write.acknowledged_s - write.sent_s
        for write in writes
        if write.acknowledged_s is not None and write.acknowledged_s <= fault_s
    )
    if took_s <= SLOWEST_SYNC_S:
        return None
    return f"a write took {took_s:.1f} s before the fault, {SLOWEST_SYNC_S:g} s is the most"


def _of(looks: Iterable[dict[str, Any]], node: str) -> list[tuple[float, float]]:
    """Seconds and share of each look at that node; a node without power waits for nothing."""
    mine = (look for look in looks if node in look["waited"])
    return [(look["seconds"], look["waited"][node]) for look in mine]


def _windows(pairs: Sequence[tuple[float, float]]) -> Iterator[float]:
    """The share of each stretch of that length; pairs are seconds and the share of them."""
    for last in range(len(pairs)):
        total = taken = 0.0
        for seconds, share in reversed(pairs[: last + 1]):
            total += seconds
            taken += seconds * share
            if total >= WINDOW_S:
                yield taken / total
                break
