"""Fitness of the lab: whether its nodes got enough processor time for an honest verdict.

Nodes that wait for each other in small slices do not falsify a verdict: in a good failover, with
nothing else on two processors, a node waited for 60 to 62 % of five seconds. Two things do falsify
it. A node whose processor stands still for long loses the token. And other processes take processor
time that the cluster's time-outs rely on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.record.events import HostLoad, JournalLine
from harness.record.journal_lines import corosync_starts, memberships, not_scheduled
from harness.record.power import suspended
from harness.record.timeline import Record

MOST_STRANGERS = 0.25
"""Largest share of this machine's processors that other processes may take over five seconds. Four
busy loops take 0.57 to 0.8 of two processors. On a host that runs only the lab, the share stays
below 0.1."""
MOST_STRANGERS_BEFORE = 0.1
"""The same limit before a test. A lab that was just restored uses all processor time that it gets:
four busy loops then took only 0.12 to 0.25. Without them the share was at most 0.05."""
MOST_STOLEN = 0.25
"""Largest share that a hypervisor under this machine may take over five seconds."""
WINDOW_S = 5.0
STALL_SHARE = 0.5
"""Longest stall of a node's processor, as a share of the token time-out. After a longer stall the
node may have lost the token because of the lab."""
RESUMED_S = 0.5
"""Time after a resume in which Corosync may report that it was not scheduled: the suspension was
the fault."""


def host_unfit(
    loads: Sequence[HostLoad],
    token_s: float,
    *,
    window_s: float = WINDOW_S,
    most_strangers: float = MOST_STRANGERS,
) -> Iterator[str]:
    """Yield why the lab did not get enough processor time, in one line each."""
    for name, most, shares in (
        (_strangers(loads), most_strangers, [(e.seconds, e.strangers) for e in loads]),
        ("the hypervisor under it took", MOST_STOLEN, [(e.seconds, e.stolen) for e in loads]),
    ):
        worst = max(_windows(shares, window_s), default=0.0)
        if worst > most:
            yield (
                f"{name} {worst:.0%} of this machine's processors for {window_s:.0f} s, "
                f"the limit is {most:.0%}: run nothing else on this machine"
            )
    stalls = [(seconds, node) for e in loads for node, seconds in e.stalled_s.items()]
    longest_s, node = max(stalls, default=(0.0, ""))
    if longest_s > token_s * STALL_SHARE:
        yield (
            f"{node}'s processor was stalled for {longest_s:.1f} s, "
            f"the limit is {token_s * STALL_SHARE:g} s (half of the token)"
        )


def _strangers(loads: Sequence[HostLoad]) -> str:
    """Return the start of the message, with the busiest process if it is known."""
    taken: Counter[str] = Counter()
    for load in loads:
        taken[load.busiest] += round(1e6 * load.seconds * load.strangers)
    del taken[""]
    most = "".join(f", above all {name}," for name, _ in taken.most_common(1))
    return f"other processes{most} took"


def _windows(pairs: Sequence[tuple[float, float]], window_s: float) -> Iterator[float]:
    """Yield the share over each window of that length. Each pair is seconds and a share."""
    for last in range(len(pairs)):
        total = taken = 0.0
        for seconds, share in reversed(pairs[: last + 1]):
            total += seconds
            taken += seconds * share
            if total >= window_s:
                yield taken / total
                break


def corosync_not_scheduled(record: Record) -> Iterator[str]:
    """Yield each report of Corosync that it was not scheduled.

    A pause is left out if a fault made it, or if no token was at stake.
    """
    for line, seconds in not_scheduled(record):
        by_fault = any(
            s.from_s <= line.at_s <= s.until_s + seconds + RESUMED_S
            for s in suspended(record, line.node)
        )
        if not by_fault and line.at_s >= record.settled_s and _has_joined(record, line):
            yield f"{line.node}: Corosync was not scheduled for {seconds:.1f} s"


def _has_joined(record: Record, line: JournalLine) -> bool:
    """Return whether the node was a member of a cluster already, with a token to lose.

    At the beginning of the test each node is a member. After Corosync has started, its node is a
    member from the first membership on. On an emulated node that boots, Corosync was observed to
    pause for 1.3 to 3.7 s while it initialized its transport, 0.2 s before that membership.
    """
    started_s = _last_before(corosync_starts(record), line)
    joined_s = _last_before(memberships(record), line)
    return started_s is None or (joined_s is not None and joined_s > started_s)


def _last_before(lines: Iterable[JournalLine], line: JournalLine) -> float | None:
    """Return the time of the node's last of these lines before that line."""
    before = (other.at_s for other in lines if other.node == line.node and other.at_s < line.at_s)
    return max(before, default=None)
