"""A machine that boots yields the processors, with all its threads and its session."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from harness.lab.priority import NICE, yield_processors
from suites.selftest.processes import running

THREAD = "import threading as t; t.Thread(target=input).start(); print(flush=True); input()"
AUTOMATIC = Path("/proc/self/autogroup")


def test_all_threads_of_a_machine_yield() -> None:
    with running(sys.executable, "-c", THREAD) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield_processors(psutil.Process(process.pid))
        threads = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]
        assert len(threads) == 2
        assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {NICE}


@pytest.mark.skipif(not AUTOMATIC.exists(), reason="this kernel has no automatic groups")
def test_its_session_yields() -> None:
    with running("sleep", "60") as process:
        yield_processors(psutil.Process(process.pid))
        group = Path(f"/proc/{process.pid}/autogroup").read_text()
        assert group.split()[-1] == str(NICE)


def test_a_machine_that_has_ended_yields_nothing() -> None:
    with running("sleep", "60") as process:
        ended = psutil.Process(process.pid)
    yield_processors(ended)
