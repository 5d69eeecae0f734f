"""`make mutants`: change the judge in every small way; do its self-tests notice?

The share of mutants that survive is printed with their names. `EQUIVALENT` explains those that
change nothing a test could see.
"""

import json
import subprocess
import sys
from pathlib import Path

MOST_SURVIVORS = 0.03
STATS = Path("mutants/mutmut-cicd-stats.json")


def main() -> int:
    """Run mutmut, print the figure; 1 if too many survive."""
    subprocess.run(["mutmut", "run", "--max-children", "2"], check=False)
    subprocess.run(["mutmut", "export-cicd-stats"], check=True, stdout=subprocess.DEVNULL)
    stats = json.loads(STATS.read_text())
    unseen = stats["survived"] + stats["no_tests"] + stats["suspicious"]
    share = unseen / stats["total"] if stats["total"] else 1.0
    subprocess.run(["mutmut", "results"], check=False)
    print(
        f"mutants: {stats['total']}, survived: {unseen} ({share:.1%}, {MOST_SURVIVORS:.0%} at most)"
    )
    return int(share > MOST_SURVIVORS)


if __name__ == "__main__":
    sys.exit(main())
