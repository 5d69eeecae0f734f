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
from harness.lab.state import HOME, PROJECT, State
from harness.plan.load import load
from harness.progress import log, reporter
from suites.kvm_proof import hypervisor

CHECKOUT = ("harness", "fixtures", "suites", "conftest.py", "pytest.ini", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "selftest")
RUN = Path(__file__).with_name("run.sh")
END = "kvm-proof: exit status "


def main() -> int:
    """Build and boot the machine, show and store its console. Return pytest's exit status."""
    state, target = State(HOME / ".lab"), HOME / "reports" / "kvm-proof"
    state.images.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    log.addHandler(logging.FileHandler(target / "log.txt"))
    log.setLevel(logging.DEBUG)
    status: int | None = None
    try:
        require_root()
        with tempfile.TemporaryDirectory(dir=state.root, prefix=".kvm-proof-") as scratch:
            image, disk = hypervisor.build(state), Path(scratch) / "work.raw"
            with reporter.step("filling the hypervisor's disk"):
                _fill(disk, state, Path(scratch) / "tree")
            with (target / "console.log").open("w") as console:
                for line in hypervisor.boot(image, Path(scratch), disk):
                    print(line, end="", flush=True)
                    console.write(line)
                    if line.startswith(END):
                        status = int(line.removeprefix(END))
            if status is None:
                raise LabError("the hypervisor ended early; see reports/kvm-proof/console.log")
            hypervisor.take(disk, "/reports", target)
    except LabError as error:
        print(f"quorate: {error}", file=sys.stderr)
        return Exit.LAB
    return status


def _fill(disk: Path, state: State, tree: Path) -> None:
    """Fill the disk with this checkout and the images of its lab."""
    plan = load()
    tree.mkdir()
    for name in CHECKOUT:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, tree / name, ignore=LEFT_OUT)
        else:
            shutil.copy(PROJECT / name, tree)
    shutil.copy(RUN, tree)
    for image in both(state, plan):
        shutil.copytree(image.folder, tree / ".lab" / "images" / image.folder.name)
    hypervisor.fill(disk, tree)


if __name__ == "__main__":
    sys.exit(main())
