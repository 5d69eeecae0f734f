"""A record that is long enough to measure the speed of reading."""

from itertools import chain, cycle, islice
from pathlib import Path

EVENTS = 200_000


def lengthen(file: Path, longer: Path, *, events: int = EVENTS) -> None:
    """Write a record of so many events, by repeating those of a real one.

    The first and the last event are not repeated: they open and close a record.
    """
    first, *middle, last = file.read_bytes().splitlines(keepends=True)
    longer.write_bytes(b"".join(chain([first], islice(cycle(middle), events - 2), [last])))
