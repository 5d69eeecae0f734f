"""The host of a lab: observation of the nodes from outside, independent of their reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.lab.capsule import Capsule
from harness.lab.copies import compare_copies
from harness.lab.hypervisor import Hypervisor
from harness.lab.state import State
from harness.plan.plan import Plan
from harness.target.target import Shell

LOGS = ("expiry.log", "fence_virtd.log", "libvirtd.log")
"""Log files of the lab's own processes: expiry of a fault, fence device, libvirtd."""


@dataclass(frozen=True)
class LabHost:
    """The `Host` of a lab that is up."""

    plan: Plan
    state: State
    capsule: Capsule
    hypervisor: Hypervisor
    shell: Shell

    @property
    def pid(self) -> int | None:
        """See `Host.pid`. It is the capsule's PID 1, because libvirt makes each QEMU its child."""
        init = self.capsule.init
        return None if init is None else init.pid

    def consoles(self) -> Mapping[str, Path]:
        """See `Host.consoles`."""
        files = sorted(self.state.consoles.glob("*.log"), key=lambda file: file.stem)
        return {file.stem: file for file in files}

    def logs(self) -> Mapping[str, Path]:
        """See `Host.logs`."""
        return {name: self.state.folder / name for name in LOGS}

    def compare_copies(self) -> dict[str, int | None]:
        """See `Host.compare_copies`."""
        return compare_copies(self.plan, self.shell, self.hypervisor, self.state.disks)
