"""Each node's configuration at the beginning and in the end, and what differs."""

from collections.abc import Iterator, Mapping

from harness.record.events import Configuration
from harness.record.timeline import Record

Nodes = dict[str, Configuration]


def beginning_and_end(record: Record) -> tuple[Nodes, Nodes]:
    """By node: the first configuration of the beginning, the last one of the end."""
    begin: Nodes = {}
    end: Nodes = {}
    for event in record.of(Configuration):
        if event.moment == "beginning":
            begin.setdefault(event.node, event)
        else:
            end[event.node] = event
    return begin, end


def differences(begin: Configuration, end: Configuration) -> Iterator[str]:
    """What one node's configuration lost, gained or changed: ids of elements, paths of files."""
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
