"""Unpacking of Debian into a folder with mmdebstrap, from a recipe.

A recipe is a folder of `fixtures/images/`. Its file `packages` has one package per line. Its script
`customize.sh` is called with the root folder after all packages are unpacked.
"""

from collections.abc import Iterable
from pathlib import Path

from harness.command import run

OWN_NAMESPACES = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
"""Runs mmdebstrap in its own namespaces, and kills it when its caller ends. mmdebstrap mounts this
machine's /dev and /sys into the root folder. In its own namespaces the mounts end with it, so the
folder of a killed build can be deleted safely."""

NO_INITRD = ("env", "INITRD=No")
"""Prevents Debian's initrd: it would be built twice, for 8 s each time. Both images have their own
initrd."""


UNSAFE_IO = "force-unsafe-io"
"""Lets dpkg write without a sync for each package. A build that is cut short is begun again. The
recipe of the nodes removes it from the image: a node may lose its power."""


def _package_names(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def unpack(
    release: str,
    recipe: Path,
    work: Path,
    *,
    more: Iterable[str] = (),
    hooks: Iterable[str] = (),
    variant: str = "minbase",
) -> Path:
    """Unpack Debian with the packages of a recipe and of `more`. Return the root folder.

    `hooks` are commands for mmdebstrap, run before `customize.sh`. The variant `extract` unpacks
    packages without installing them: it takes ten seconds, and leaves no dpkg database.

    Raises:
        LabError: mmdebstrap failed.
    """
    rootfs = work / "rootfs"
    moment = "extract" if variant == "extract" else "customize"
    excluded = ("man", "locale", "doc", "info")
    run(
        [
            *OWN_NAMESPACES,
            *NO_INITRD,
            "mmdebstrap",
            f"--variant={variant}",
            '--aptopt=APT::Install-Recommends "false"',
            '--aptopt=Acquire::Retries "2"',
            '--aptopt=Acquire::http::Timeout "20"',
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in excluded),
            f"--dpkgopt={UNSAFE_IO}",
            f"--include={','.join([*_package_names(recipe / 'packages'), *more])}",
            *(f"--{moment}-hook={hook}" for hook in hooks),
            f'--{moment}-hook=sh {recipe / "customize.sh"} "$1"',
            release,
            rootfs,
        ],
        hint="see the run's log; is Debian's package registry within reach?",
    )
    return rootfs


def download_hook(packages: Iterable[str], target: Path) -> str:
    """Return a hook that downloads packages with their dependencies to the folder `target`."""
    fetch = f'chroot "$1" apt-get install --download-only -y {" ".join(packages)}'
    return f'{fetch} && mkdir -p {target} && mv "$1"/var/cache/apt/archives/*.deb {target}'


def index(repository: Path) -> None:
    """Write the index of a package folder, so that apt can use it.

    The line of sources.list is `deb [trusted=yes] http://… ./`.
    """
    listing = run(["dpkg-scanpackages", "-m", "."], cwd=repository, hint="see the run's log")
    stanzas = listing[listing.index("Package:") :].rsplit("\ndpkg-scanpackages", 1)[0]
    (repository / "Packages").write_text(stanzas + "\n")
