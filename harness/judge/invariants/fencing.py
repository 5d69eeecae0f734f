"""I3: fencing comes before all that relies on it, and its confirmation is true."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from harness.judge.invariants.boots import losses_of_power
from harness.record.events import DrbdChange, JournalLine, NodeLook
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
"""Confirmations in one journal that are closer are of one fencing: no node boots and is lost in
it."""
Signs = Mapping[Life, Sequence[float]]
"""The moments at which an agent reported of each life."""
TAKINGS: Sequence[tuple[str, Callable[[Record, str], list[Span]]]] = (
    ("was promoted", primary),
    ("was started", running),
)


def nothing_before_fencing(record: Record) -> Iterator[str]:
    """I3: what a lost node last held is taken over only after its fencing was confirmed."""
    signs = lives(record)
    for guest in record.opened.guests:
        holders = _last_holders(record, guest)
        for verb, spans_of in TAKINGS:
            reported: set[tuple[str, Life]] = set()
            for taken, held in _takings(signs, holders, spans_of(record, guest)):
                early = _too_early(record, taken, held, signs[held.life][0])
                if early and (taken.node, held.life) not in reported:
                    reported.add((taken.node, held.life))
                    yield f"{guest} {verb} on {taken.node} at {taken.first_s:.1f} s, {early}"


def fencing_is_true(record: Record) -> Iterator[str]:
    """I3: a node whose fencing was confirmed lost its power since the confirmation before, or has
    none.

    Each journal is read by itself, since every node reports every fencing.
    """
    lies: dict[str, str] = {}
    before_s: dict[tuple[str, str], float] = {}
    for line, target, off_s in fencings(record):
        since_s = before_s.get((line.node, target), float("-inf"))
        before_s[line.node, target] = line.at_s + off_s
        if not _lost_power(record, target, since_s, line.at_s + off_s):
            when = f"at {line.at_s:.1f} s in the journal of {line.node}"
            lies.setdefault(target, f"the fencing of {target} was confirmed {when}, it had power")
    yield from lies.values()


def _lost_power(record: Record, node: str, since_s: float, until_s: float) -> bool:
    """Did it lose its power in that time, or had none throughout?"""
    return any(
        loss.at_s <= until_s
        and (loss.at_s > since_s or loss.back_s is None or loss.back_s >= until_s)
        for loss in losses_of_power(record, node)
    )


def fencings(record: Record) -> Iterator[tuple[JournalLine, str, float]]:
    """Each fencing that each journal confirms: its first line, the target, the clock's uncertainty
    in seconds."""
    last_s: dict[tuple[str, str], float] = {}
    for line, target in confirmations(record):
        if line.at_s - last_s.get((line.node, target), float("-inf")) >= SAME_FENCING_S:
            last_s[line.node, target] = line.at_s
            yield line, target, clock_uncertainty_s(record, life_of(line), "journals")


def _last_holders(record: Record, guest: str) -> set[Life]:
    """Lives whose last sign shows that they run the guest or are primary for it."""
    holds: dict[Life, tuple[float, bool]] = {}
    for look in record.of(NodeLook):
        holds[life_of(look)] = look.at_s, guest in look.guests | {*look.primary}
    for change in record.of(DrbdChange):
        role = change.states.get("role") if change.what == "resource" else None
        at_s, _ = holds.get(life_of(change), (0.0, False))
        if role and change.guest == guest and change.at_s >= at_s:
            holds[life_of(change)] = change.at_s, role == "Primary"
    return {life for life, (_, held) in holds.items() if held}


def _takings(
    signs: Signs, holders: set[Life], spans: Sequence[Span]
) -> Iterator[tuple[Span, Span]]:
    """What began on one node after a life of another had it and was lost, or while it has it."""
    last_s = {span.life: span.last_s for span in sorted(spans, key=lambda span: span.last_s)}
    for taken, held in product(spans, spans):
        if held.node == taken.node or held.first_s >= taken.first_s:
            continue
        off_s = held.uncertainty_s + taken.uncertainty_s
        silent = held.life in holders and held.last_s == last_s[held.life]
        lost = (held.cut or silent) and _not_over(signs, held, taken, off_s)
        if lost or surely_overlap(held, taken, off_s) is not None:
            yield taken, held


def _not_over(signs: Signs, held: Span, taken: Span, off_s: float) -> bool:
    """Was it taken after that span, and before its node booted anew? By then it has let go."""
    others = [signs[life][0] for life in signs if life.node == held.node and life != held.life]
    booted = any(held.last_s < at_s <= taken.first_s for at_s in others)
    return held.last_s <= taken.first_s + off_s and not booted


def _too_early(record: Record, taken: Span, held: Span, born_s: float) -> str | None:
    """Why no confirmation allows it, or None when one does."""
    later: list[float] = []
    for line, target in confirmations(record):
        if target != held.node or line.at_s <= born_s:
            continue
        off_s = taken.uncertainty_s + clock_uncertainty_s(record, life_of(line), "journals")
        if line.at_s <= taken.first_s + off_s:
            return None
        later.append(line.at_s)
    if not later:
        return f"the fencing of {held.node} was never confirmed"
    return f"the fencing of {held.node} was confirmed at {later[0]:.1f} s"
