"""The console script."""

import os
import sys
from typing import NoReturn

import typer

from harness.cli import lab_commands, run_commands
from harness.cli.app import app
from harness.errors import Exit, InputError, LabError, one_line

__all__ = ["app", "lab_commands", "main", "run_commands"]


def main() -> NoReturn:
    """The console script: a known error is one line, and its exit status tells whose it is."""
    try:
        status = app(prog_name="quorate", standalone_mode=False) or Exit.OK
        if sys.stdout is not None:  # it is None when it was closed before Python started
            sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "quorate"
        status = _refuse(Exit.USAGE, f"{error.format_message().rstrip('.')}; type `{command} -h`")
    except InputError as error:
        status = _refuse(Exit.USAGE, str(error))
    except LabError as error:
        status = _refuse(Exit.LAB, str(error))
    except OSError as error:
        status = _refuse(Exit.LAB, _of_machine(error))
    if status == Exit.INTERRUPTED:
        os._exit(status)  # threads that still ask a slow node would be waited for
    sys.exit(status)


def _refuse(status: Exit, why: str) -> Exit:
    print(f"quorate: {one_line(why)}", file=sys.stderr)
    return status


def _of_machine(error: OSError) -> str:
    """What this machine refused: the file, where it is known, and the reason."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
