"""A lab: its machines, its checkpoint, and the way to restore them."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

from harness.errors import LabError
from harness.lab import accel
from harness.lab.cables import Cables
from harness.lab.capsule import Capsule, require_root
from harness.lab.checkpoint import Checkpoint, derived, discard_all, prune
from harness.lab.fence_device import start_fence_device
from harness.lab.hypervisor import Hypervisor
from harness.lab.images import image
from harness.lab.keys import make_keys, redact
from harness.lab.lab_host import LabHost
from harness.lab.machines import Machines, definition_digest
from harness.lab.nested_guests import pause_guests, resume_guests
from harness.lab.priority import yield_processors
from harness.lab.state import State
from harness.plan.load import check_memory, resolve
from harness.plan.plan import Acceleration, NodePlan, Plan
from harness.plan.settings import Timings
from harness.progress import reporter
from harness.target.shell import SshShell
from harness.target.target import Capability

MAX_FROZEN = 3
"""Number of frozen labs to keep. Each holds the memory and the changed blocks of three machines,
about 2 GiB."""


class Lab:
    """A `Target` with all capabilities. One run at a time holds its lock."""

    capabilities = frozenset(Capability)

    def __init__(self, plan: Plan, state: State, *, wanted_accel: str) -> None:
        self.plan = plan
        self.state = state
        self.capsule = Capsule(state)
        self.checkpoint = Checkpoint(state.checkpoint, state.disks)
        self.shell = SshShell(state.keys / "ssh")
        self.broken: str | None = None
        """Why the lab cannot be restored. Once it is set, no test runs on the lab."""
        self._pristine = False
        self._wanted_accel = wanted_accel
        self._lock: IO[str] | None = None
        self._hypervisor: Hypervisor | None = None

    def open(self, *, bare: bool = False) -> None:
        """Lock the lab, and make its keys and images, without starting anything.

        `bare` chooses the node image without the stack.

        Raises:
            LabBusy: another run holds the lab.
            InputError: the plan needs more memory than this machine has.
            LabError: this process is not root, an image cannot be built, or KVM does not work.
        """
        require_root()
        check_memory(self.plan)
        self._lock = self.state.lock()
        self.state.prepare()
        resolve(self.plan, self.state.plan)
        make_keys(self.state.keys)
        self.node_image, self.guest_image = image.both(self.state, self.plan, bare=bare)
        self.accel: Acceleration = accel.choose(self._wanted_accel, self.state, self.node_image)

    @property
    def timings(self) -> Timings:
        """The plan's timings for this lab's acceleration."""
        return self.plan.timings[self.accel]

    @property
    def hypervisor(self) -> Hypervisor:
        """The connection to libvirt. Exists only while the lab is up."""
        assert self._hypervisor is not None, "the lab is down"
        return self._hypervisor

    @property
    def power(self) -> Hypervisor:
        """See `Target.power`."""
        return self.hypervisor

    @property
    def links(self) -> Cables:
        """See `Target.links`."""
        return Cables(self.hypervisor, self.plan)

    @property
    def host(self) -> LabHost:
        """See `Target.host`."""
        return LabHost(self.plan, self.state, self.capsule, self.hypervisor, self.shell)

    @property
    def baseline(self) -> "Lab":
        """See `Target.baseline`: the checkpoint."""
        return self

    @property
    def identity(self) -> str | None:
        """See `Baseline.identity`."""
        return self.checkpoint.identity

    @property
    def folder(self) -> Path:
        """See `Target.folder`."""
        return self.state.folder

    @property
    def gone(self) -> str | None:
        """See `Target.gone`."""
        return None if self.capsule.running else "the lab was ended from outside; run this again"

    def digest(self, stack: str) -> str:
        """Return a digest of a checkpoint's inputs.

        They are the plan, the images, the machines' definition, the acceleration and the stack.
        """
        images = (self.node_image.folder.name, self.guest_image.folder.name)
        return "-".join((self.plan.digest, *images, definition_digest(), self.accel, stack))

    def boot(self, *, keep: bool) -> None:
        """Build and boot the machines in a new capsule, until every node answers over SSH."""
        discard_all(self.state)
        self._start(keep=keep)
        machines = Machines(self.state, self.plan)
        machines.prepare(self.capsule, self.node_image, self.guest_image, self.accel)
        self.hypervisor.define_pool(self.state.disks)
        self.hypervisor.define_networks(self.plan)
        with reporter.step("booting the machines"):
            machines.up()
        start_fence_device(self.capsule, self.plan)

    def resume(self, *, keep: bool) -> None:
        """Restore the checkpoint in a new capsule."""
        self._start(keep=keep)
        self.checkpoint.define(self.hypervisor)
        start_fence_device(self.capsule, self.plan)
        self.restore()

    def attach(self) -> None:
        """Connect to the lab, which is up already."""
        self.capsule.enter_network()
        self._hypervisor = Hypervisor(self.capsule.libvirt_uri, self._yield_processors)

    def save(self, stack: str) -> None:
        """Save the cluster's present state as the checkpoint, and restore it."""
        self.save_as(self.checkpoint, self.digest(stack), step="saving the checkpoint")
        self.restore()

    def save_as(self, checkpoint: Checkpoint, digest: str, *, step: str) -> None:
        """Save the present state of a settled cluster. The machines stay off until `restore`.

        Raises:
            LabError: the machines are too busy to be saved.
        """
        if self.accel is Acceleration.KVM:
            pause_guests(self.plan, self.shell)
        checkpoint.save(self.hypervisor, list(self.plan.nodes), digest, step=step)

    def restore(self) -> None:
        """Restore the checkpoint, after dropping all connections to the nodes.

        This also ends the faults that a killed test left in place.
        """
        self.forget_connections()
        self.capsule.kill_machines()
        self.checkpoint.restore(self.hypervisor)
        shutil.rmtree(self.state.expiries, ignore_errors=True)
        if self.accel is Acceleration.KVM:
            resume_guests(self.plan, self.shell)
        self._pristine = True

    def freeze(self, name: str) -> None:
        """Save the lab as it is, with the fault in place, and restore the checkpoint.

        Guests are not paused, because their nodes may not answer. So on an AMD processor with KVM,
        a frozen lab may not be usable after `thaw` (see nested_guests.py).

        Raises:
            LabError: the machines are too busy to be saved.
        """
        prune(self.state.frozen, keep=MAX_FROZEN - 1)
        frozen = Checkpoint(self.state.frozen / name, self.state.disks)
        base = self.checkpoint.identity or ""
        try:
            frozen.save(self.hypervisor, list(self.plan.nodes), base, step="freezing the lab")
        finally:
            self.restore()  # this also ends a machine that hangs

    def thaw(self, name: str) -> None:
        """Restore a frozen lab, in a new capsule that stays up.

        Raises:
            LabError: there is no such frozen lab, or the checkpoint that its disks need is gone.
        """
        frozen = Checkpoint(self.state.frozen / name, self.state.disks)
        bases = (self.checkpoint, *derived(self.state))
        if not any(frozen.valid_for(base.identity or "") for base in bases):
            available = ", ".join(self.state.frozen_moments) or "nothing"
            raise LabError(f"nothing frozen as {name!r}; there is: {available}")
        self._start(keep=True)
        frozen.define(self.hypervisor)
        start_fence_device(self.capsule, self.plan)
        self.forget_connections()
        frozen.restore(self.hypervisor)
        self._pristine = False

    def begin_test(self) -> None:
        """Restore the checkpoint, unless no test has run since it was restored."""
        if not self._pristine:
            self.restore()
        self._pristine = False

    def is_off(self, node: NodePlan) -> bool:
        """See `Target.is_off`."""
        return not self.hypervisor.is_running(node.name)

    def redact(self, text: bytes) -> bytes:
        """See `Target.redact`. Each secret of the lab is replaced by its name."""
        return redact(text, self.state.keys)

    def run_later(self, command: Sequence[str], *, after: timedelta) -> "subprocess.Popen[bytes]":
        """See `Target.run_later`. A shell in the capsule sleeps until then."""
        options = ("--lab", self.state.name, "--lab-dir", self.state.root)
        words = map(str, (sys.executable, "-m", "harness.cli", *command, *options))
        script = f"sleep {after.total_seconds():.0f} && exec {shlex.join(words)}"
        return self.capsule.spawn(["sh", "-c", script], log_to=self.state.folder / "expiry.log")

    def forget_connections(self) -> None:
        """Drop all connections to the nodes. The next command connects again."""
        for node in self.plan.nodes.values():
            self.shell.forget(node)

    def down(self) -> None:
        """End the lab. Its checkpoint stays."""
        self.forget_connections()
        if self._hypervisor is not None:
            self._hypervisor.close()
            self._hypervisor = None
        self.capsule.stop()

    def close(self) -> None:
        """Release the lab. It ends, because its lifeline closes, unless it was started to stay."""
        self.forget_connections()
        self.capsule.leave()
        if self._lock is not None:
            self._lock.close()

    def _yield_processors(self, name: str) -> None:
        """Give a machine that boots less of the processors (see priority.py)."""
        with suppress(LabError):  # the lab ends
            if process := self.capsule.machine(name):
                yield_processors(process)

    def _start(self, *, keep: bool) -> None:
        self.down()
        self.capsule.start(keep=keep)
        self.attach()
