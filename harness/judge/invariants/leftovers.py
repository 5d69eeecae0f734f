"""I8: no leftovers of tools, handlers or faults remain."""

import re
from collections.abc import Iterator

from harness.judge.invariants.configuration import beginning_and_end
from harness.record.events import ClusterView, Recovered, Traces
from harness.record.timeline import Record

MADE = ("cli-", "drbd-fence-by-handler-")
"""Prefixes of the ids of constraints created by crm_resource and by DRBD's fence handler."""
PART = re.compile(r"-(rule|expr)-")
"""Found in the ids of a constraint's parts: `drbd-fence-by-handler-web-rule-drbd-web-clone`."""


def nothing_left_behind(record: Record) -> Iterator[str]:
    """I8: no constraint of a tool or handler, no failed action and no trace of a fault is left."""
    if not record.of(Recovered):
        return
    views = record.of(ClusterView)
    end = views[-1].view if views else None
    _, configurations = beginning_and_end(record)
    ids = {name for event in configurations.values() for name in event.elements}
    yield from _constraints(ids | set(end.bans if end else ()))
    yield from (f"left behind: {failure}" for failure in (end.failures if end else ()))
    yield from _traces(record)


def _constraints(ids: set[str]) -> Iterator[str]:
    """Yield each constraint once, without the rules and expressions inside it."""
    made = sorted(name for name in ids if name.startswith(MADE))
    outer = [name for name in made if not PART.search(name)]
    yield from (f"left behind: {name}" for name in outer or made)


def _traces(record: Record) -> Iterator[str]:
    """Yield the traces on a node at the end that were not there at the beginning."""
    found: dict[str, tuple[str, ...]] = {}
    before: dict[str, set[str]] = {}
    for event in record.of(Traces):
        if event.moment == "beginning":
            before.setdefault(event.node, set(event.found))
        else:
            found[event.node] = event.found
    for node, traces in found.items():
        for trace in traces:
            if trace not in before.get(node, set()):
                yield f"left behind on {node}: {trace}"
