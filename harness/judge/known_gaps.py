"""Known gaps: promises that the stack under test cannot keep. A test states each with its reason.

A known gap does not fail a test, and the report names it. It is strict: a test that ends well
without it fails, so that a gap that has closed is noticed.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from harness.record.events import KnownGap, Recovered
from harness.record.timeline import Record


def gaps(record: Record, broken: Sequence[str], sure: Collection[str]) -> dict[str, KnownGap]:
    """Return the broken promises that are known gaps, each with its gap.

    `sure` are violations that no gap excuses: a second copy of a guest, and a lost write.
    """
    stated = record.of(KnownGap)
    return {
        reason: gap
        for reason in broken
        for gap in stated
        if reason not in sure and re.search(gap.pattern, reason)
    }


def closed(record: Record, found: Collection[KnownGap]) -> Iterator[str]:
    """Yield each known gap that a test which ended well did not meet."""
    if record.of(Recovered):
        met = {gap.pattern for gap in found}
        for gap in record.of(KnownGap):
            if gap.pattern not in met:
                yield f"a known gap has closed, remove it from the test: {gap.why}"
