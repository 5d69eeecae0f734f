"""Had the lab the processors that it needs? By what would falsify a verdict.

Machines that wait for each other in small slices falsify nothing: in a plain good failover, with
nothing else on two processors, a machine waited for 60 to 62 % of five seconds. A processor that
stands still for long loses the token, and strangers take what the cluster's time-outs count on.
"""

from collections.abc import Iterator, Sequence

from harness.record.events import AgentStarted, HostLoad, JournalLine
from harness.record.journal_lines import memberships, not_scheduled
from harness.record.power import suspended
from harness.record.timeline import Record

MOST_STRANGERS = 0.25
"""Of this machine's processors, over five seconds. Four busy loops take 0.57 to 0.8 of two
processors; what is left of a host that carries nothing but the lab stays below 0.1."""
MOST_STRANGERS_BEFORE = 0.1
"""Before a test. A lab that has just been restored takes all that it is given: four busy loops
then got no more than 0.12 to 0.25; without any, strangers took at most 0.05."""
MOST_STOLEN = 0.25
WINDOW_S = 5.0
STALL_SHARE = 0.5
"""Of the token: a processor that stood still for longer may have lost it for the lab's sake."""
RESUMED_S = 0.5
"""After a node was resumed Corosync reports that it was not scheduled: that was the fault."""


def host_unfit(
    loads: Sequence[HostLoad],
    token_s: float,
    *,
    window_s: float = WINDOW_S,
    most_strangers: float = MOST_STRANGERS,
) -> Iterator[str]:
    """Who kept this machine's processors from the lab, by what would falsify a verdict."""
    for name, most, shares in (
        ("other processes took", most_strangers, [(e.seconds, e.strangers) for e in loads]),
        ("the hypervisor under it took", MOST_STOLEN, [(e.seconds, e.stolen) for e in loads]),
    ):
        worst = max(_windows(shares, window_s), default=0.0)
        if worst > most:
            yield (
                f"{name} {worst:.0%} of this machine's processors for {window_s:.0f} s, "
                f"{most:.0%} is the most: leave this machine to the lab"
            )
    stalls = [(seconds, node) for e in loads for node, seconds in e.stalled_s.items()]
    longest_s, node = max(stalls, default=(0.0, ""))
    if longest_s > token_s * STALL_SHARE:
        yield (
            f"{node}'s processor was not let run for {longest_s:.1f} s, {token_s * STALL_SHARE:g} s"
            f" is the most (half of the token)"
        )


def _windows(pairs: Sequence[tuple[float, float]], window_s: float) -> Iterator[float]:
    """The share of each stretch of that length; pairs are seconds and the share of them."""
    for last in range(len(pairs)):
        total = taken = 0.0
        for seconds, share in reversed(pairs[: last + 1]):
            total += seconds
            taken += seconds * share
            if total >= window_s:
                yield taken / total
                break


def corosync_not_scheduled(record: Record) -> Iterator[str]:
    """Pauses that Corosync itself reports, unless a fault made them or no token was at stake."""
    for line, seconds in not_scheduled(record):
        by_fault = any(
            s.from_s <= line.at_s <= s.until_s + seconds + RESUMED_S
            for s in suspended(record, line.node)
        )
        if not by_fault and line.at_s >= record.settled_s and _has_joined(record, line):
            yield f"{line.node}: Corosync was not scheduled for {seconds:.1f} s"


def _has_joined(record: Record, line: JournalLine) -> bool:
    """Was the node a member of any cluster yet, with a token to lose?

    It was when the test began. After a boot it is with Corosync's first membership; an emulated
    node that boots was seen to pause for 1.3 s 0.2 s before that.
    """
    boots = [agent.boot for agent in record.of(AgentStarted) if agent.node == line.node]
    return line.boot in (boots or [line.boot])[:1] or any(
        (joined.node, joined.boot) == (line.node, line.boot) and joined.at_s < line.at_s
        for joined in memberships(record)
    )
