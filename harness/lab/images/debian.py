"""Unpack Debian into a folder with mmdebstrap, as a recipe says.

A recipe is a folder of `fixtures/images/`: `packages`, one a line, and `customize.sh`, which is
called with the root folder when all packages are in it.
"""

from collections.abc import Iterable
from pathlib import Path

from harness.command import run

ENDS_WITH_ITS_CALLER = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
"""mmdebstrap mounts this machine's /dev and /sys into the tree it fills. In namespaces of its own
the mounts end with it, so that a build that was killed leaves a plain folder, safe to remove."""

NO_INITRD = ("env", "INITRD=No")
"""Both images bring an initrd of their own; Debian's would be built twice, for 8 s each time."""


def _listed(file: Path) -> list[str]:
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
    """Unpack Debian with the recipe's packages and `more`; the root folder.

    The variant `extract` unpacks packages without installing them: ten seconds, no dpkg database.
    """
    rootfs = work / "rootfs"
    moment = "extract" if variant == "extract" else "customize"
    excluded = ("man", "locale", "doc", "info")
    run(
        [
            *ENDS_WITH_ITS_CALLER,
            *NO_INITRD,
            "mmdebstrap",
            f"--variant={variant}",
            '--aptopt=APT::Install-Recommends "false"',
            '--aptopt=Acquire::Retries "2"',
            '--aptopt=Acquire::http::Timeout "20"',
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in excluded),
            f"--include={','.join([*_listed(recipe / 'packages'), *more])}",
            *(f"--{moment}-hook={hook}" for hook in hooks),
            f'--{moment}-hook=sh {recipe / "customize.sh"} "$1"',
            release,
            rootfs,
        ],
        hint="see the run's log; is Debian's package registry within reach?",
    )
    return rootfs


def download_hook(packages: Iterable[str], target: Path) -> str:
    """Shell text that fetches packages with all that they need, and keeps the files."""
    fetch = f'chroot "$1" apt-get install --download-only -y {" ".join(packages)}'
    return f'{fetch} && mkdir -p {target} && mv "$1"/var/cache/apt/archives/*.deb {target}'


def index(repository: Path) -> None:
    """Make a folder of packages into one that apt reads (`deb [trusted=yes] http://… ./`)."""
    listing = run(["dpkg-scanpackages", "-m", "."], cwd=repository, hint="see the run's log")
    stanzas = listing[listing.index("Package:") :].rsplit("\ndpkg-scanpackages", 1)[0]
    (repository / "Packages").write_text(stanzas + "\n")
