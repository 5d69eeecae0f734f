"""Real processes for tests that look at processes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    *command: str, stdout: int = subprocess.PIPE, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a session of its own. It ends with the block, also when the block fails.

    Popen alone waits for the process then, and the failure of an assertion becomes a hang.
    """
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=stdout, cwd=cwd, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
