"""Output of commands to standard output."""

import json
import os
import sys

from harness.errors import LabError


def print_json(content: object) -> None:
    """Print a value as JSON.

    Raises:
        LabError: as `write`.
    """
    write(json.dumps(content, indent=1, ensure_ascii=False))


def write(title: str, *lines: str) -> None:
    """Print a title, and lines indented below it.

    Raises:
        LabError: standard output is closed or cannot be written to.
    """
    if sys.stdout is None:  # it was closed before Python started; print would ignore that
        raise LabError("cannot write to standard output: it is closed")
    try:
        print(title, *lines, sep="\n  ", flush=True)
    except OSError as error:
        # Python flushes again when it exits, and would print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LabError(f"cannot write to standard output: {error.strerror}") from None
