"""I3: fencing is confirmed before any takeover, and each confirmation is true."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from harness.judge.invariants.boots import losses_of_power
from harness.record.events import DrbdChange, JournalLine, NodeSample
from harness.record.journal_lines import confirmations
from harness.record.spans import (
    Life,
    Span,
    clock_uncertainty_s,
    life_of,
    lives,
    primary,
    running,
    surely_overlap,
)
from harness.record.timeline import Record

SAME_FENCING_S = 10.0
"""Confirmations in one journal within this time belong to one fencing. No node boots and is lost
again so quickly."""
Signs = Mapping[Life, Sequence[float]]
"""By boot: the times of the agent's reports."""
TAKEOVERS: Sequence[tuple[str, Callable[[Record, str], list[Span]]]] = (
    ("was promoted", primary),
    ("was started", running),
)


def nothing_before_fencing(record: Record) -> Iterator[str]:
    """I3: a guest of a lost node is taken over only after the node's fencing was confirmed."""
    signs = lives(record)
    for guest in record.opened.guests:
        holders = _last_holders(record, guest)
        for verb, spans_of in TAKEOVERS:
            reported: set[tuple[str, Life]] = set()
            for takeover, held in _takeovers(signs, holders, spans_of(record, guest)):
                early = _too_early(record, takeover, held, signs[held.life][0])
                if early and (takeover.node, held.life) not in reported:
                    reported.add((takeover.node, held.life))
                    yield f"{guest} {verb} on {takeover.node} at {takeover.first_s:.1f} s, {early}"


def fencing_is_true(record: Record) -> Iterator[str]:
    """I3: a node whose fencing is confirmed has lost power since the previous confirmation.

    A node that had no power throughout counts as well. Each journal is checked separately, because
    every node reports every fencing.
    """
    unfounded: dict[str, str] = {}
    before_s: dict[tuple[str, str], float] = {}
    for line, target, off_s in fencings(record):
        since_s = before_s.get((line.node, target), float("-inf"))
        before_s[line.node, target] = line.at_s + off_s
        if not _lost_power(record, target, since_s, line.at_s + off_s):
            when = f"at {line.at_s:.1f} s in the journal of {line.node}"
            unfounded.setdefault(
                target, f"the fencing of {target} was confirmed {when}, it had power"
            )
    yield from unfounded.values()


def _lost_power(record: Record, node: str, since_s: float, until_s: float) -> bool:
    """Return whether the node lost power in that period or had none throughout."""
    return any(
        loss.at_s <= until_s
        and (loss.at_s > since_s or loss.back_s is None or loss.back_s >= until_s)
        for loss in losses_of_power(record, node)
    )


def fencings(record: Record) -> Iterator[tuple[JournalLine, str, float]]:
    """Yield each fencing confirmed by each journal.

    The values are the first line, the target, and the clock's uncertainty in seconds.
    """
    last_s: dict[tuple[str, str], float] = {}
    for line, target in confirmations(record):
        if line.at_s - last_s.get((line.node, target), float("-inf")) >= SAME_FENCING_S:
            last_s[line.node, target] = line.at_s
            yield line, target, clock_uncertainty_s(record, life_of(line), "journals")


def _last_holders(record: Record, guest: str) -> set[Life]:
    """Return the boots whose last report shows that they run the guest or are primary for it."""
    holds: dict[Life, tuple[float, bool]] = {}
    for sample in record.of(NodeSample):
        holds[life_of(sample)] = sample.at_s, guest in sample.guests | {*sample.primary}
    for change in record.of(DrbdChange):
        role = change.states.get("role") if change.what == "resource" else None
        at_s, _ = holds.get(life_of(change), (0.0, False))
        if role and change.guest == guest and change.at_s >= at_s:
            holds[life_of(change)] = change.at_s, role == "Primary"
    return {life for life, (_, held) in holds.items() if held}


def _takeovers(
    signs: Signs, holders: set[Life], spans: Sequence[Span]
) -> Iterator[tuple[Span, Span]]:
    """Yield pairs of a takeover and the span on another node that it replaces.

    A takeover begins after the other node was lost, or while that node still holds the guest.
    """
    last_s = {span.life: span.last_s for span in sorted(spans, key=lambda span: span.last_s)}
    for takeover, held in product(spans, spans):
        if held.node == takeover.node or held.first_s >= takeover.first_s:
            continue
        off_s = held.uncertainty_s + takeover.uncertainty_s
        silent = held.life in holders and held.last_s == last_s[held.life]
        lost = (held.cut or silent) and _not_over(signs, held, takeover, off_s)
        if lost or surely_overlap(held, takeover, off_s) is not None:
            yield takeover, held


def _not_over(signs: Signs, held: Span, takeover: Span, off_s: float) -> bool:
    """Return whether the takeover came after the span but before the span's node rebooted.

    A node that has rebooted holds nothing any more.
    """
    others = [signs[life][0] for life in signs if life.node == held.node and life != held.life]
    booted = any(held.last_s < at_s <= takeover.first_s for at_s in others)
    return held.last_s <= takeover.first_s + off_s and not booted


def _too_early(record: Record, takeover: Span, held: Span, first_sign_s: float) -> str | None:
    """Return why no confirmation allows the takeover, or None if one does."""
    later: list[float] = []
    for line, target in confirmations(record):
        if target != held.node or line.at_s <= first_sign_s:
            continue
        off_s = takeover.uncertainty_s + clock_uncertainty_s(record, life_of(line), "journals")
        if line.at_s <= takeover.first_s + off_s:
            return None
        later.append(line.at_s)
    if not later:
        return f"the fencing of {held.node} was never confirmed"
    return f"the fencing of {held.node} was confirmed at {later[0]:.1f} s"
