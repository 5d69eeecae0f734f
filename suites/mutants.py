"""`make mutants`: mutate the judge, and check that its self-tests detect each mutant.

Each surviving mutant is printed with its change. `EQUIVALENT` explains those whose change no test
can detect. They count as survivors nevertheless.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

MOST_SURVIVORS = 0.03
FOLDER = Path("mutants")
KILLED = ("killed", "timeout", "segfault", "caught by type check")
EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("", 'float("INF")'): "the same number",
    ("", 'float("-INF")'): "the same number",
    ("boots.x_losses_of_power", "on = None"): "only its truth value is used",
    ("fencing.x__last_holders", "(0.0, True)"): "only the moment of the default is used",
    ("power.x__lost_power", "zip(losses, intended, "): "no mutant requires equal lengths",
    (
        "fencing.x__not_over",
        "held.last_s < takeover.first_s + off_s",
    ): "spans with an equal moment overlap anyway",
    ("fitness.x_host_unfit", 'default=(0.0, "XXXX")'): "the name is unused without a stall",
    ("moments.x__since_fault", "fault.fault, -2.0"): "each moment of a record is 0 s or later",
    ("outage.x__outages", "bad[-1] > borders[-1]"): "an outage without a length is dropped anyway",
    ("phases.x__excludes", "ids < set(nodes)"): "a membership of all nodes excludes none",
    ("validity.x_faults_unproved", '"gone"} < set(steps)'): "such a fault has the step `bites` too",
}
"""By a mutant's function and a part of its changed line: why no test can detect the change."""


def main() -> int:
    """Run mutmut, print the survivors and their share. Return 1 if too many survive or it fails."""
    os.nice(10)  # it takes two processors for an hour
    shutil.rmtree(FOLDER, ignore_errors=True)  # mutmut would keep old survivors
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 1)]
    if subprocess.run(command, check=False).returncode:
        return 1
    status = _status_by_mutant()
    alive = [name for name, of in status.items() if of not in KILLED]
    for name in alive:
        print(f"{name}: {status[name]}", *_explained(name), sep="\n    ")
    share = len(alive) / len(status) if status else 1.0
    print(
        f"mutants: {len(status)}, survived: {len(alive)} ({share:.1%}, {MOST_SURVIVORS:.0%} most)"
    )
    return int(share > MOST_SURVIVORS)


def _status_by_mutant() -> dict[str, str]:
    lines = _mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if ": " in line)


def _explained(mutant: str) -> Iterator[str]:
    """Yield the changed lines, and why no test can detect the change if that is known."""
    function = mutant.partition("__mutmut_")[0]
    changed = [
        line
        for line in _mutmut("show", mutant).splitlines()
        if line[:1] in ("-", "+") and not line.startswith(("---", "+++"))
    ]
    yield from changed
    for (place, part), why in EQUIVALENT.items():
        if function.endswith(place) and any(part in line for line in changed if line[0] == "+"):
            yield f"equivalent: {why}"


def _mutmut(*arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
