"""`make kvm-proof`: test `--accel kvm` without hardware virtualization.

An emulated Debian machine is the hypervisor (see hypervisor.py). This checkout runs in it.
"""

import logging
import shutil
import sys
import tempfile
from pathlib import Path

from harness.errors import Exit, LabError
from harness.lab.capsule import require_root
from harness.lab.images.image import both
from harness.lab.state import HOME, State
from harness.plan.load import load
from harness.progress import log, reporter
from suites.checkout import copy_checkout
from suites.kvm_proof import hypervisor

CHECKOUT = ("harness", "fixtures", "suites", "conftest.py", "pytest.ini", "pyproject.toml")
RUN = Path(__file__).with_name("run.sh")
END = "kvm-proof: exit status "
ATTEMPTS = 3
"""With two processors QEMU 7.2 does not emulate KVM reliably. In three of four runs the kernel of
the hypervisor panicked in KVM ("corrupted stack end detected inside scheduler"), or the machine
ended by itself. Only such an end leads to another attempt; a result of the tests does not."""


def main() -> int:
    """Build and boot the machine, show and store its console. Return pytest's exit status."""
    state, target = State(HOME / ".lab"), HOME / "reports" / "kvm-proof"
    state.images.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    log.addHandler(logging.FileHandler(target / "log.txt"))
    log.setLevel(logging.DEBUG)
    try:
        require_root()
        for attempt in range(1, ATTEMPTS + 1):
            status = _attempt(state, target, f"console-{attempt}.log")
            if status is not None:
                return status
            print(f"quorate: the hypervisor ended early, attempt {attempt} of {ATTEMPTS}")
        raise LabError(f"the hypervisor ended early {ATTEMPTS} times; see reports/kvm-proof")
    except LabError as error:
        print(f"quorate: {error}", file=sys.stderr)
        return Exit.LAB


def _attempt(state: State, target: Path, name: str) -> int | None:
    """Boot the machine once, with its console in the file `name`.

    Returns None if the machine ended before its tests.
    """
    status: int | None = None
    with tempfile.TemporaryDirectory(dir=state.root, prefix=".kvm-proof-") as scratch:
        image, disk = hypervisor.build(state), Path(scratch) / "work.raw"
        with reporter.step("filling the hypervisor's disk"):
            _fill(disk, state, Path(scratch) / "tree")
        with (target / name).open("w") as console:
            for line in hypervisor.boot(image, Path(scratch), disk):
                print(line, end="", flush=True)
                console.write(line)
                if line.startswith(END):
                    status = int(line.removeprefix(END))
        if status is not None:
            hypervisor.take(disk, "/reports", target)
    return status


def _fill(disk: Path, state: State, tree: Path) -> None:
    """Fill the disk with this checkout and the images of its lab."""
    plan = load()
    copy_checkout(CHECKOUT, tree)
    shutil.copy(RUN, tree)
    for image in both(state, plan):
        shutil.copytree(image.folder, tree / ".lab" / "images" / image.folder.name)
    hypervisor.fill(disk, tree)


if __name__ == "__main__":
    sys.exit(main())
