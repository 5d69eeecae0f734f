"""The thread of an observer: if it dies, the record says so, and the test is invalid."""

import threading

import pytest

from harness.errors import Invalid, LabError
from harness.observe.observer import observer_thread
from harness.record.events import Failure
from harness.record.timeline import Timeline


def failures_after(error: BaseException | None) -> list[tuple[str, str]]:
    """Reason and blame of each failure on record, when the thread has ended so."""
    timeline = Timeline()

    def run() -> None:
        if error is not None:
            raise error

    thread = observer_thread("http_probe", run, timeline)
    thread.start()
    thread.join()
    return [(failure.reason, failure.blame) for failure in timeline.of(Failure)]


def test_a_thread_that_ends_as_it_should_leaves_nothing() -> None:
    assert failures_after(None) == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(24, "Too many open files"), "OSError: [Errno 24] Too many open files"),
        (LabError("no way in\nssh: refused"), "LabError: no way in"),
        (Invalid("no honest test"), "Invalid: no honest test"),
        (AssertionError("one\ntwo"), "AssertionError: one"),
        (ZeroDivisionError(), "ZeroDivisionError: ZeroDivisionError"),
        (SystemExit(1), "SystemExit: 1"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_thread_that_dies_is_the_labs_failure_in_one_line(
    error: BaseException, told: str
) -> None:
    assert failures_after(error) == [(f"http_probe ended: {told}", "lab")]


def test_it_keeps_no_run_alive_and_is_known_by_its_name() -> None:
    thread = observer_thread("http_probe", lambda: None, Timeline())
    assert (thread.name, thread.daemon, thread.is_alive()) == ("http_probe", True, False)


def test_it_runs_beside_its_maker() -> None:
    seen: list[threading.Thread] = []
    thread = observer_thread("x", lambda: seen.append(threading.current_thread()), Timeline())
    thread.start()
    thread.join()
    assert seen == [thread]


def test_its_death_prints_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", printed.append)
    assert len(failures_after(ValueError("x"))) == 1
    assert printed == []
