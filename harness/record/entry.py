"""The entries of the write workload. Each names its trial, its store and its number."""

import zlib


def entry(run: str, store: str, number: int) -> str:
    """Return the text of one write, unique to its trial, store and number.

    A checksum follows, so that a damaged entry is not taken for another one.

    Example:
        entry("3f2a", "web.redis", 7) == "3f2a web.redis 7 5c1b9a03"
    """
    text = f"{run} {store} {number}"
    return f"{text} {zlib.crc32(text.encode()):08x}"
