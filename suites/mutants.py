"""`make mutants`: change the judge in every small way; do its self-tests notice?

Each mutant that survives is printed with what it changes. `EQUIVALENT` explains those that change
nothing a test could see; they count as survivors all the same.
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
    ("boots.x_losses_of_power", "on = None"): "it is only asked whether it is on",
    ("fencing.x__last_holders", "(0.0, True)"): "of what is not there only the moment is used",
    ("power.x__lost_power", "zip(losses, meant, "): "no mutant asks for equal lengths",
    (
        "fencing.x__not_over",
        "held.last_s < taken.first_s + off_s",
    ): "an equal moment overlaps anyway",
    ("fitness.x_host_unfit", 'default=(0.0, "XXXX")'): "nobody is named where nobody stood still",
    ("moments.x__since_fault", "fault.fault, -2.0"): "each moment of a record is 0 s or later",
    ("outage.x__outages", "bad[-1] > borders[-1]"): "an outage without a length is dropped anyway",
    ("phases.x__excludes", "ids < set(nodes)"): "with all nodes there both ways exclude nobody",
    ("validity.x_faults_unproved", '"gone"} < set(steps)'): "a fault that got here bites as well",
}
"""By a mutant's function and a part of its changed line: why nobody can see the change."""


def main() -> int:
    """Run mutmut from nothing, print figure and survivors; 1 if too many survive or it broke."""
    os.nice(10)  # for an hour of two processors, and others use them as well
    shutil.rmtree(FOLDER, ignore_errors=True)  # what survived an older test would stay on record
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
    """The changed lines, and the reason for which no test can see the change, if it is known."""
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
