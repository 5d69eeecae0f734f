"""I8: a cluster that was mended is as it was before."""

from collections.abc import Iterable

from harness.judge.invariants.violation import Violation


def leftovers(bans: Iterable[str], failures: Iterable[str]) -> list[Violation]:
    """I8: no constraint that a tool or a handler made, and no failed action, is left behind."""
    made = ("cli-", "drbd-fence-by-handler-")
    left = [ban for ban in bans if ban.startswith(made)]
    return [Violation("I8", f"left behind: {what}") for what in [*left, *failures]]
