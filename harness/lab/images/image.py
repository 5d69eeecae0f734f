"""Debian images for nodes and guests, cached by the content of their inputs.

An image is a folder named after the hash of its inputs, so it is built again only when an input has
changed. mmdebstrap unpacks Debian, `mke2fs -d` writes the file systems, and machines boot the
kernel directly. This needs no loop device, mount or boot loader.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from harness.errors import LabError
from harness.lab.images import debian, disk, guest, media, node
from harness.lab.state import PROJECT, State
from harness.plan.plan import Plan, Role
from harness.progress import reporter

RECIPES = PROJECT / "fixtures" / "images"
NEEDED_MIB = 4096
"""Free disk space needed to build both images."""


@dataclass(frozen=True)
class Image:
    """The folder of a built image."""

    folder: Path

    @property
    def disk(self) -> Path:
        """Disk in qcow2 format. Machines write to overlays of it only."""
        return self.folder / "disk.qcow2"

    @property
    def kernel(self) -> Path:
        """Kernel for a direct boot."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Initial RAM disk of the kernel."""
        return self.folder / "initrd"

    @property
    def repository(self) -> Path:
        """The packages of the stack as a repository for apt. Only a bare node image has it."""
        return self.folder / "repository"


def for_nodes(state: State, plan: Plan, *, bare: bool = False) -> Image:
    """Return the image of all three nodes. Build it if it does not exist.

    A `bare` image lacks the packages of the stack, and has them in its `repository` instead.

    Raises:
        LabError: Debian's packages cannot be downloaded, or disk space is lacking.
    """
    stack = sorted(set().union(*(plan.packages[role] for role in Role)))
    recipe = RECIPES / "node"

    mirror = ["mdadm"] if plan.system_disks == 2 else []

    def build(work: Path) -> None:
        hooks = [debian.download_hook(stack, work / "repository")] if bare else []
        more = mirror if bare else [*mirror, *stack]
        rootfs = debian.unpack(plan.release, recipe, work, more=more, hooks=hooks)
        node.assemble(rootfs, work)
        if bare:
            debian.index(work / "repository")

    label = "bare node image" if bare else "node image"
    digest = digest_of(recipe, (node,), plan.release, *mirror, *stack, str(bare))
    return cached(state, label, digest, build)


def for_guests(state: State, plan: Plan) -> Image:
    """Return the image of every guest: small Debian, root on LVM, nginx and redis.

    Raises:
        LabError: as `for_nodes`.
    """
    recipe = RECIPES / "guest"

    def build(work: Path) -> None:
        rootfs = debian.unpack(plan.release, recipe, work, variant="extract")
        guest.assemble(rootfs, work, size_mib=plan.guest_disk_mib)
        media.pack(work)

    digest = digest_of(recipe, (guest, media), plan.release, str(plan.guest_disk_mib))
    return cached(state, "guest image", digest, build)


def both(state: State, plan: Plan, *, bare: bool = False) -> tuple[Image, Image]:
    """Return the node and the guest image. Missing ones are built in parallel.

    Raises:
        LabError: as `for_nodes`.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        node = pool.submit(for_nodes, state, plan, bare=bare)
        guest = pool.submit(for_guests, state, plan)
        return node.result(), guest.result()


def cached(state: State, label: str, digest: str, build: Callable[[Path], None]) -> Image:
    """Return the image with a digest. If there is none, build it in a temporary folder.

    Raises:
        LabError: disk space is lacking, or `build` failed.
    """
    kind = label.replace(" ", "-")
    target = state.images / f"{kind}-{digest}"
    if target.is_dir():
        return Image(target)
    _check_space(state.images)
    work = state.images / f".{kind}"
    with (state.images / f"{kind}.lock").open("w") as lock, reporter.step(f"building the {label}"):
        fcntl.flock(lock, fcntl.LOCK_EX)  # another lab may be building the same image
        if not target.is_dir():
            shutil.rmtree(work, ignore_errors=True)  # left by a killed build
            work.mkdir()
            build(work)
            shutil.rmtree(work / "rootfs")
            work.rename(target)
    return Image(target)


def _check_space(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MIB:
        raise LabError(
            f"{folder}: {free} MiB free, the images need {NEEDED_MIB}; "
            "free some, or move the lab with --lab-dir or QUORATE_LAB_DIR"
        )


def built(state: State, kind: str) -> Image | None:
    """Return the newest built image of a kind (`node` or `guest`), or None."""
    folders = [path for path in state.images.glob(f"{kind}-image-*") if path.is_dir()]
    newest = sorted(folders, key=lambda folder: folder.stat().st_mtime)
    return Image(newest[-1]) if newest else None


def digest_of(recipe: Path, builders: tuple[ModuleType, ...], *inputs: str) -> str:
    """Return the hash of a recipe's files and modes, of the building modules, and of `inputs`."""
    files = sorted(p for p in recipe.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    total = hashlib.sha256()
    for module in (debian, disk, *builders):
        total.update(Path(str(module.__file__)).read_bytes())
    for file in files:
        total.update(f"{file.relative_to(recipe)} {file.stat().st_mode & 0o111:o}\n".encode())
        total.update(file.read_bytes())
    total.update("\n".join(inputs).encode())
    return total.hexdigest()[:12]
