"""`make prove`: run the suites against clusters that are broken on purpose.

For each file in `fixtures/changes/broken/`, pytest runs the tests that it names, on a derived
checkpoint, until an invariant in `breaks` is violated. The cluster is caught if a test fails and
violates all of them. The same tests must pass on the healthy cluster.

    python -m suites.prove                 # all broken clusters
    python -m suites.prove stickiness-0    # one of them
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.changes.change import BROKEN, Change, load_change
from harness.errors import Exit, InputError
from harness.lab.state import HOME
from harness.runs.store import StoredVerdict, stored

HEALTHY = "healthy"
RUNS = 3
LATEST = HOME / "reports" / "latest"
_Run = tuple[str, Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Proof:
    """How a run on one cluster ended."""

    cluster: str
    expected: tuple[str, ...]
    """Invariants that must be violated."""
    violated: tuple[str, ...]
    reason: str
    """The first promise that was broken, or an empty string."""
    status: int
    """Exit status of pytest."""
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether a broken cluster was caught, or the healthy one passed."""
        if self.cluster == HEALTHY:
            return self.status == Exit.OK
        return self.status == Exit.FAILED and set(self.expected) <= set(self.violated)

    @property
    def result(self) -> str:
        """`ok`, or what is wrong."""
        if self.holds:
            return "ok"
        return "NOT GREEN" if self.cluster == HEALTHY else "NOT CAUGHT"


def violated(verdicts: Iterable[StoredVerdict]) -> tuple[str, ...]:
    """Return the numbers of the invariants that verdicts name, as `I5`."""
    reasons = (reason.partition(":")[0] for verdict in verdicts for reason in verdict.broken)
    return tuple(sorted({word for word in reasons if word[:1] == "I" and word[1:].isdigit()}))


def prove(name: str, expected: Sequence[str], arguments: Sequence[str]) -> Proof:
    """Run pytest, and return what its verdicts say about the cluster.

    A run with invalid tests proves nothing and is repeated, at most `RUNS` times in all.
    """
    begin_s = time.monotonic()
    command = [sys.executable, "-m", "pytest", *arguments]
    for _ in range(RUNS):
        status = subprocess.run(command, cwd=HOME, check=False).returncode
        if status != Exit.INVALID:
            break
    verdicts = list(stored(LATEST).values())
    reason = next((reason for verdict in verdicts for reason in verdict.broken), "")
    seconds = time.monotonic() - begin_s
    proof = Proof(name, tuple(expected), violated(verdicts), reason, status, seconds)
    print(f"prove: {name}: {proof.result} in {seconds:.0f} s: {reason}", flush=True)
    return proof


def proofs(changes: Sequence[Change]) -> list[Proof]:
    """Run the tests of all changes, first on the healthy cluster. The last run ends the lab."""
    tests = dict.fromkeys(tuple(change.test) for change in changes)
    healthy: list[_Run] = [(HEALTHY, [], list(test)) for test in tests]
    broken: list[_Run] = [(c.name, c.breaks, [*c.test, *_broken(c)]) for c in changes]
    *others, last = healthy + broken
    kept = [prove(name, breaks, [*words, "--keep-lab"]) for name, breaks, words in others]
    return [*kept, prove(*last)]


def _broken(change: Change) -> list[str]:
    """Return the options of pytest for a broken cluster."""
    return ["--change", change.name, f"--until-broken={','.join(change.breaks)}"]


def table(found: Iterable[Proof]) -> Table:
    """Return a table: broken cluster, caught by, seconds."""
    shown = Table("cluster", "must violate", "violated", "caught by", "seconds", "")
    for proof in found:
        wanted, seen = ", ".join(proof.expected), ", ".join(proof.violated)
        cells = (proof.cluster, wanted, seen, escape(proof.reason), f"{proof.seconds:.0f}")
        shown.add_row(*cells, "ok" if proof.holds else f"[red]{proof.result}")
    return shown


def main(names: Sequence[str]) -> int:
    """Prove these broken clusters, or all. Return 1 unless all are caught and healthy is green."""
    try:
        changes = [load_change(name) for name in names or sorted(f.stem for f in BROKEN.iterdir())]
    except InputError as error:
        print(f"quorate: {error}", file=sys.stderr)
        return Exit.USAGE
    found = proofs(changes)
    Console().print(table(found))
    return int(not all(proof.holds for proof in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
