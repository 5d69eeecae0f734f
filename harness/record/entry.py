"""What is written to a store: an entry that names its trial, its store and its number."""

import zlib


def entry(run: str, store: str, number: int) -> str:
    """The text of one write, so that no other store's and no other trial's can pass for it.

    Example:
        entry("3f2a", "web.redis", 7) == "3f2a web.redis 7 5c1b9a03"
    """
    text = f"{run} {store} {number}"
    return f"{text} {zlib.crc32(text.encode()):08x}"
