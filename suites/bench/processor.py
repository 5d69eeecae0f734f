"""Processor time of all processes of a lab."""

import time
from datetime import timedelta

import psutil

from harness.target.target import Host


def cores(host: Host, window: timedelta) -> float:
    """Return how many processors of the host the lab keeps busy, over that time."""
    init = psutil.Process(host.pid)
    before = _used_s(init)
    time.sleep(window.total_seconds())  # no polling here: any observation would be load
    return (_used_s(init) - before) / window.total_seconds()


def _used_s(init: psutil.Process) -> float:
    times = [process.cpu_times() for process in [init, *init.children(recursive=True)]]
    return sum(t.user + t.system for t in times)
