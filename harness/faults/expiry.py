"""The end of a fault that nobody lifted: a process of the lab, not of the harness or the victim.

It lives in the capsule, so it outlasts a harness that was killed and ends with the lab.
"""

import os
import pickle
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from harness.faults.fault import EXPIRY, Fault
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.load import load


class Expiry:
    """The promise that a fault ends, from before it begins until it is lifted."""

    def __init__(self, lab: Lab, fault: Fault) -> None:
        folder = lab.state.folder / "expiries"
        folder.mkdir(exist_ok=True)
        self._order = folder / f"{time.monotonic_ns()}.pickle"
        self._order.write_bytes(pickle.dumps((lab.state, lab.plan_file, fault)))
        command = [sys.executable, "-m", "harness.faults.expiry", str(self._order)]
        self._process: subprocess.Popen[bytes] = lab.capsule.spawn(
            command, log_to=lab.state.folder / "expiry.log"
        )

    def cancel(self) -> None:
        """The fault was lifted; harmless when repeated."""
        # The group: it is a child of the one that entered the capsule for it.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._order.unlink(missing_ok=True)


def main() -> None:
    """Sleep for the fault's longest time, then lift it; what it prints is the fault's own log."""
    time.sleep(EXPIRY.total_seconds())
    order = Path(sys.argv[1])
    if not order.exists():
        return  # lifted in time
    state: State
    state, plan_file, fault = pickle.loads(order.read_bytes())
    lab = Lab(load(plan_file), plan_file, state, wanted_accel="auto")
    lab.attach()
    print(f"nobody lifted it in {EXPIRY}: {fault}", flush=True)
    fault.lift(lab)
    print(f"lifted: {fault}", flush=True)
    order.unlink()


if __name__ == "__main__":
    main()
