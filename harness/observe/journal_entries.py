"""The parser of `journalctl -o json` (systemd 252 and 257)."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SOURCE_REALTIME_TIMESTAMP"
"""Requested fields. journalctl always adds the time of reception and the boot id."""
USUAL = 6
"""Priority of an entry without one: LOG_INFO of syslog(3)."""
NUMBER = re.compile(r"\[\d+\]$")
"""A process id at the end of a program's name."""


class Entry(NamedTuple):
    """One entry. Its message may have any number of lines."""

    boot: str
    epoch_s: float
    """Time of the node's clock when the entry was sent, or when it was received if unknown."""
    who: str
    priority: int
    lines: tuple[str, ...]


def parse(line: str, clean: Callable[[bytes], bytes]) -> Entry:
    """Parse a line. `clean` removes secrets from a message that journalctl prints as bytes.

    Raises:
        ValueError: the line is not an entry.
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
    """Return a field's value: text, the text of a list of bytes, or the first of several values."""
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
