"""Expiry: a process that lifts a fault if the harness did not.

It belongs to the target, not to the harness or the victim. So it survives a harness that was
killed, and ends with the target.
"""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from harness.errors import LabError
from harness.faults.catalogue import read_fault
from harness.faults.fault import EXPIRY, Fault, as_json
from harness.plan.plan import Plan
from harness.target.target import Target

FOLDER = "expiries"
"""Folder of a target that holds each fault in place, from before its injection to its lift."""


class Expiry:
    """A pending expiry of a fault, from before the injection until `cancel`."""

    def __init__(self, target: Target, fault: Fault) -> None:
        folder = target.folder / FOLDER
        folder.mkdir(exist_ok=True)
        self._order = folder / f"{time.monotonic_ns()}.json"
        part = self._order.with_suffix(".part")
        part.write_text(json.dumps(as_json(fault)))
        part.replace(self._order)
        command = ("expire", str(self._order))
        self._process = target.run_later(command, after=EXPIRY)

    def cancel(self) -> None:
        """End the process, because the fault was lifted. May be called again."""
        # Kill the whole group: the process is a child of the one that entered the capsule.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._order.unlink(missing_ok=True)


def in_place(folder: Path, plan: Plan) -> dict[Path, Fault]:
    """Return the faults in place on the target of that folder, oldest first, by their order.

    They outlive the process that injected them.

    Raises:
        LabError: names an order that cannot be read.
    """
    return {order: _read(order, plan) for order in sorted((folder / FOLDER).glob("*.json"))}


def expire(order: Path, target: Target) -> None:
    """Lift the fault stored in `order`, and print what happens for the log.

    Raises:
        LabError: the order cannot be read, or the fault cannot be lifted.
    """
    fault = _read(order, target.plan)
    print(f"not lifted within {EXPIRY}: {fault.name}", flush=True)
    fault.lift(target)
    print(f"lifted: {fault.name}", flush=True)
    order.unlink()


def _read(order: Path, plan: Plan) -> Fault:
    try:
        return read_fault(json.loads(order.read_text()), plan)
    except ValueError:
        raise LabError(f"{order}: no fault of this lab; lift it by hand, delete the file") from None
