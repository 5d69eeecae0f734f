"""The end of a fault that nobody lifted: a process of the target, not of the harness or the victim.

It outlasts a harness that was killed, and ends with the target.
"""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from harness.faults.catalogue import read_fault
from harness.faults.fault import EXPIRY, Fault, as_json
from harness.target.target import Target


class Expiry:
    """The promise that a fault ends, from before it begins until it is lifted."""

    def __init__(self, target: Target, fault: Fault) -> None:
        folder = target.folder / "expiries"
        folder.mkdir(exist_ok=True)
        self._order = folder / f"{time.monotonic_ns()}.json"
        self._order.write_text(json.dumps(as_json(fault)))
        command = ("expire", str(self._order))
        self._process = target.run_later(command, after=EXPIRY)

    def cancel(self) -> None:
        """The fault was lifted; harmless when repeated."""
        # The group: it is a child of the one that entered the capsule for it.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._order.unlink(missing_ok=True)


def expire(order: Path, target: Target) -> None:
    """Lift the fault of an order; what it prints is the fault's own log.

    Raises:
        LabError: the fault cannot be lifted.
    """
    fault = read_fault(json.loads(order.read_text()), target.plan)
    print(f"nobody lifted it in {EXPIRY}: {fault.name}", flush=True)
    fault.lift(target)
    print(f"lifted: {fault.name}", flush=True)
    order.unlink()
