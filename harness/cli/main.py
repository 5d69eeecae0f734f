"""The console script."""

import logging
import os
import sys

from harness.cli import lab_commands, run_commands
from harness.cli.app import app
from harness.errors import Exit, InputError, LabError

__all__ = ["app", "lab_commands", "main", "run_commands"]


def main() -> None:
    """The console script: a known error is one line, and its exit status tells whose it is."""
    # What paramiko says of a lost connection would come as a traceback; the status says it.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except SystemExit as end:
        if end.code == Exit.INTERRUPTED:
            os._exit(Exit.INTERRUPTED)  # threads that still ask a slow node would be waited for
        raise
    except (InputError, LabError) as error:
        print(f"quorate: {error}", file=sys.stderr)
        sys.exit(Exit.USAGE if isinstance(error, InputError) else Exit.LAB)
