"""Files of a lab without machines: real disks of the data nodes, and a checkpoint's manifest."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.command import run
from harness.lab.checkpoint import MANIFEST
from harness.lab.lab import Lab
from harness.lab.state import State
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor, FakeLab
from suites.selftest.fakes import FakeShell

MIB = 1 << 20
WEB, SHOP = 1 * MIB, 517 * MIB
TABLE = """vg_guests-shop: 0 1056768 linear 254:16 1058816
vg_guests-web: 0 1056768 linear 254:16 2048
"""
"""Captured output of `dmsetup table` on a data node. shop's volume follows web's."""


class PausableHypervisor(FakeHypervisor):
    """Records which machines are paused."""

    def __init__(self, plan: Plan, disks: Path) -> None:
        super().__init__(plan, disks)
        self.asleep: list[str] = []

    @contextmanager
    def paused(self, names: Iterable[str]) -> Iterator[None]:
        self.asleep = list(names)
        self.done.append(f"pause {' '.join(self.asleep)}")
        try:
            yield
        finally:
            self.asleep = []


def lab_with_disks(plan: Plan, state: State, shell: FakeShell) -> FakeLab:
    """Return a lab whose data nodes have equal, empty disks with a volume for each guest."""
    for node in plan.data_nodes:
        shell.answer("^dmsetup table$", TABLE, on=node.name)
        file = data_disk(state, node.name)
        run(["qemu-img", "create", "-q", "-f", "qcow2", file, "2G"], hint="")
    return FakeLab(plan, state, shell, PausableHypervisor(plan, state.disks))


def data_disk(state: State, node: str) -> Path:
    """Return the file of a data node's disk."""
    return state.disks / f"{node}-vdb.qcow2"


def write_to_disk(state: State, node: str, *, at: int) -> None:
    """Write a block of 4096 bytes at an offset, in bytes, of a data node's disk."""
    command = f"write -q -P 7 {at} 4096"
    run(["qemu-io", "-f", "qcow2", "-c", command, data_disk(state, node)], hint="")


def save_checkpoint(lab: Lab, identity: str) -> None:
    """Write the manifest of a checkpoint with an identity."""
    lab.state.checkpoint.mkdir(exist_ok=True)
    (lab.state.checkpoint / MANIFEST).write_text(json.dumps({"identity": identity}))
