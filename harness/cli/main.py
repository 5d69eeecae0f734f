"""The entry point of `quorate`."""

import os
import sys
from typing import NoReturn

import typer

from harness.cli import fault_commands, lab_commands, run_commands
from harness.cli.app import app
from harness.errors import Exit, InputError, LabError, one_line

__all__ = ["app", "fault_commands", "lab_commands", "main", "run_commands"]


def main() -> NoReturn:
    """Run a command. Print a known error as one line, and exit with the status of its kind."""
    try:
        status = app(prog_name="quorate", standalone_mode=False) or Exit.OK
        if sys.stdout is not None:  # None if it was closed before Python started
            sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "quorate"
        message = f"{error.format_message().rstrip('.')}; type `{command} -h`"
        status = _print_error(Exit.USAGE, message)
    except InputError as error:
        status = _print_error(Exit.USAGE, str(error))
    except LabError as error:
        status = _print_error(Exit.LAB, str(error))
    except OSError as error:
        status = _print_error(Exit.LAB, _describe(error))
    if status == Exit.INTERRUPTED:
        os._exit(status)  # sys.exit would wait for threads that still query a slow node
    sys.exit(status)


def _print_error(status: Exit, message: str) -> Exit:
    print(f"quorate: {one_line(message)}", file=sys.stderr)
    return status


def _describe(error: OSError) -> str:
    """Return the file of an error, if it is known, and the reason."""
    file = f"{error.filename}: " if error.filename else ""
    return f"{file}{error.strerror or error}"
