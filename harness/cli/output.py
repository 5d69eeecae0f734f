"""What a command prints."""

import json
import os
import sys

from harness.errors import LabError


def print_json(content: object) -> None:
    """Print something as JSON.

    Raises:
        LabError: as `write`.
    """
    write(json.dumps(content, indent=1, ensure_ascii=False))


def write(title: str, *lines: str) -> None:
    """Print a title and its lines.

    Raises:
        LabError: standard output is closed or takes nothing.
    """
    if sys.stdout is None:  # as Python starts when it is closed; print would be silent
        raise LabError("cannot write to standard output: it is closed")
    try:
        print(title, *lines, sep="\n  ", flush=True)
    except OSError as error:
        # Python flushes once more as it ends, and would complain in a traceback's words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LabError(f"cannot write to standard output: {error.strerror}") from None
