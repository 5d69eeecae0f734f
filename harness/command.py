"""Execution of commands on this machine, with a deadline and a log of their output."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import LabError
from harness.progress import log


def run(
    command: Sequence[str | Path],
    *,
    hint: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
    deadline_s: float | None = None,
) -> str:
    """Run a command on this machine, log its output line by line, and return it.

    The output includes standard error. `hint` is the remedy in an error message.

    Raises:
        LabError: the command failed, is not installed, or reached the deadline. The message has its
            last line of output and `hint`.
    """
    words = [str(word) for word in command]
    log.debug("$ %s", " ".join(words))
    try:
        done = subprocess.run(
            words,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            timeout=deadline_s,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise LabError(
            f"{words[0]} is not installed; type `make up` to install what is missing"
        ) from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{words[0]} gave no result in {deadline_s:.0f} s; {hint}") from None
    return _output(Path(words[0]).name, done, hint)


def _output(name: str, done: "subprocess.CompletedProcess[str]", hint: str) -> str:
    for line in done.stdout.splitlines():
        log.debug("%s: %s", name, line)
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        raise LabError(f"{name} failed ({last}); {hint}")
    return done.stdout
