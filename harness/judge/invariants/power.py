"""I6: exactly those nodes lost their power, or were fenced, that a fault meant, each once."""

from collections import Counter
from collections.abc import Iterator

from harness.judge.invariants.boots import lives_of, losses_of_power
from harness.judge.invariants.fencing import fencings
from harness.record.events import ClusterView
from harness.record.timeline import Record


def only_meant_nodes_lose_power(record: Record) -> Iterator[str]:
    """I6: each node loses power, boots anew or is fenced at most once for each fault that means it.

    One line for each node, of the strongest evidence: the hypervisor's, then boot ids, then the
    history of fencing, then the journals.
    """
    for node in record.opened.nodes:
        kinds = (_lost_power(record, node), _booted(record, node), _fenced(record, node))
        for kind in kinds:
            if evidence := next(kind, None):
                yield f"{node} {evidence}"
                break


def _lost_power(record: Record, node: str) -> Iterator[str]:
    losses, meant = losses_of_power(record, node), _meant(record, node)
    if len(losses) > len(meant):
        when = f"lost its power at {losses[0].at_s:.1f} s, nobody meant it"
        yield when if not meant else f"lost its power {_times(len(losses), len(meant))}"
    for loss, fault_s in zip(losses, meant, strict=False):
        if loss.at_s < fault_s:
            yield f"lost its power at {loss.at_s:.1f} s, before a fault meant it"


def _booted(record: Record, node: str) -> Iterator[str]:
    """A life after the first one needs a loss of power of its own before it."""
    losses = losses_of_power(record, node)
    for number, (at_s, _) in enumerate(lives_of(record, node)[1:], start=1):
        if sum(loss.at_s <= at_s for loss in losses) < number:
            yield f"booted anew at {at_s:.1f} s without losing its power"


def _fenced(record: Record, node: str) -> Iterator[str]:
    """By the last history of fencing, and by each node's journal."""
    views = record.of(ClusterView)
    history = views[-1].view.fencings if views else ()
    successes = sum((f.target, f.status) == (node, "success") for f in history)
    journals = Counter(line.node for line, target, _ in fencings(record) if target == node)
    meant = len(_meant(record, node))
    for count in (successes, max(journals.values(), default=0)):
        if count > meant:
            yield f"was fenced {_times(count, meant)}" if meant else "was fenced, nobody meant it"


def _meant(record: Record, node: str) -> list[float]:
    """When each fault began for which that node may lose its power."""
    return [fault.at_s for fault in record.faults if node in fault.may_be_fenced]


def _times(count: int, meant: int) -> str:
    return f"{count} times, {meant} {'was' if meant == 1 else 'were'} meant"
