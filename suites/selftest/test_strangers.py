"""The busiest process of this machine besides the lab and the harness."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from harness.observe.strangers import Strangers
from harness.waiting import wait_until
from suites.selftest.processes import running


@pytest.fixture
def loop() -> Iterator[int]:
    """Return the id of a process that takes a whole processor."""
    with running("yes", stdout=subprocess.DEVNULL) as process:
        yield process.pid


def test_the_first_reading_names_nobody() -> None:
    strangers = Strangers()
    assert strangers.busiest(()) == ""
    strangers.forget()
    assert strangers.busiest(()) == ""


def test_the_busiest_process_is_named_unless_it_is_the_labs(loop: int) -> None:
    every = timedelta(milliseconds=50)
    strangers = Strangers()
    wait_until("it is named", lambda: strangers.busiest(()) == "yes", every=every)
    assert strangers.busiest({loop}) != "yes"


def test_nobody_is_named_if_no_process_took_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = SimpleNamespace(
        pid=1, info={"name": "init", "cpu_times": SimpleNamespace(user=1, system=1)}
    )
    monkeypatch.setattr("psutil.process_iter", lambda _: [idle])
    strangers = Strangers()
    assert [strangers.busiest(()), strangers.busiest(())] == ["", ""]
