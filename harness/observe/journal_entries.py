"""Entries of a node's journal, as `journalctl -o json` prints them (systemd 252 and 257)."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SOURCE_REALTIME_TIMESTAMP"
"""Besides what it always prints: the time at which the entry was received, and the boot id."""
USUAL = 6
"""LOG_INFO of syslog(3), for an entry without a priority."""
NUMBER = re.compile(r"\[\d+\]$")
"""Of a process, where a program gave its name with it."""


class Entry(NamedTuple):
    """One entry; a message may have several lines, or none."""

    boot: str
    epoch_s: float
    """By the node's clock; when it was sent where that is known, else when it was received."""
    who: str
    priority: int
    lines: tuple[str, ...]


def parse(line: str, clean: Callable[[bytes], bytes]) -> Entry:
    """An entry. `clean` takes secrets out of a message that is given as bytes.

    Raises:
        ValueError: it is not what journalctl prints.
    """
    try:
        fields = {name: _text(value, clean) for name, value in json.loads(line).items()}
        stamp = fields.get("_SOURCE_REALTIME_TIMESTAMP") or fields["__REALTIME_TIMESTAMP"]
        who = fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM") or "unknown"
        return Entry(
            boot=str(UUID(fields["_BOOT_ID"])),
            epoch_s=int(stamp) / 1e6,
            who=NUMBER.sub("", who),
            priority=_priority(fields.get("PRIORITY", USUAL)),
            lines=tuple(filter(None, fields.get("MESSAGE", "").splitlines())),
        )
    except (AttributeError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _text(value: Any, clean: Callable[[bytes], bytes]) -> str:
    """A field's value: text, the bytes of what is no text, or the first of several."""
    if isinstance(value, str):
        return value
    if all(isinstance(one, int) for one in value):
        return clean(bytes(value)).decode(errors="replace")
    return _text(value[0], clean)


def _priority(text: str | int) -> int:
    priority = int(text)
    if 0 <= priority <= 7:
        return priority
    raise ValueError(f"priority {priority}")
