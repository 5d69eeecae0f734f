"""I6: only the nodes that a fault intends lose power or are fenced, each once."""

from collections import Counter
from collections.abc import Iterator

from harness.judge.invariants.boots import lives_of, losses_of_power
from harness.judge.invariants.fencing import fencings
from harness.record.events import ClusterView, FencingAllowed
from harness.record.timeline import Record


def only_intended_nodes_lose_power(record: Record) -> Iterator[str]:
    """I6: each node loses power, reboots or is fenced at most once for each fault that intends it.

    Yields one line for each node, with the strongest evidence: the hypervisor's report, then boot
    ids, then Pacemaker's fencing history, then the journals.
    """
    for node in record.opened.nodes:
        kinds = (_lost_power(record, node), _booted(record, node), _fenced(record, node))
        for kind in kinds:
            if evidence := next(kind, None):
                yield f"{node} {evidence}"
                break


def _lost_power(record: Record, node: str) -> Iterator[str]:
    losses, intended = losses_of_power(record, node), _intended(record, node)
    if len(losses) > len(intended):
        when = f"lost its power at {losses[0].at_s:.1f} s, no fault intended it"
        yield when if not intended else f"lost its power {_times(len(losses), len(intended))}"
    for loss, fault_s in zip(losses, intended, strict=False):
        if loss.at_s < fault_s:
            yield f"lost its power at {loss.at_s:.1f} s, before a fault intended it"


def _booted(record: Record, node: str) -> Iterator[str]:
    """Yield each reboot without a loss of power of its own before it."""
    losses = losses_of_power(record, node)
    for number, (at_s, _) in enumerate(lives_of(record, node)[1:], start=1):
        if sum(loss.at_s <= at_s for loss in losses) < number:
            yield f"rebooted at {at_s:.1f} s without losing its power"


def _fenced(record: Record, node: str) -> Iterator[str]:
    """Yield each excess of fencings, by Pacemaker's last history and by each node's journal."""
    views = record.of(ClusterView)
    history = views[-1].view.fencings if views else ()
    successes = sum((f.target, f.status) == (node, "success") for f in history)
    journals = Counter(line.node for line, target, _ in fencings(record) if target == node)
    intended = len(_intended(record, node))
    for count in (successes, max(journals.values(), default=0)):
        if count > intended:
            excess = _times(count, intended)
            yield f"was fenced {excess}" if intended else "was fenced, no fault intended it"


def _intended(record: Record, node: str) -> list[float]:
    """Return the moments since which the node may lose power: faults, and what the test allows."""
    faults = [fault.at_s for fault in record.faults if node in fault.may_be_fenced]
    return sorted(faults + [e.at_s for e in record.of(FencingAllowed) if e.node == node])


def _times(count: int, intended: int) -> str:
    return f"{count} times, {intended} {'was' if intended == 1 else 'were'} intended"
