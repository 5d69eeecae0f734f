"""Each node's configuration at the beginning and at the end, and the differences."""

from collections.abc import Iterator, Mapping

from harness.record.events import Configuration
from harness.record.timeline import Record

Nodes = dict[str, Configuration]


def beginning_and_end(record: Record) -> tuple[Nodes, Nodes]:
    """Return each node's first configuration of the beginning, and its last one of the end."""
    begin: Nodes = {}
    end: Nodes = {}
    for event in record.of(Configuration):
        if event.moment == "beginning":
            begin.setdefault(event.node, event)
        else:
            end[event.node] = event
    return begin, end


def differences(begin: Configuration, end: Configuration) -> Iterator[str]:
    """Yield each element (by its id) and file (by its path) that is gone, new or changed."""
    yield from _differences(begin.elements, end.elements)
    yield from _differences(begin.files, end.files)


def _differences(begin: Mapping[str, str], end: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*begin, *end}):
        if name not in end:
            yield f"{name} is gone"
        elif name not in begin:
            yield f"{name} is new"
        elif begin[name] != end[name]:
            yield f"{name} changed"
