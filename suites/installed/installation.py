"""An installation of Quorate that does not use the checkout, and a user's own suite."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from suites.checkout import copy_checkout

SOURCES = ("harness", "fixtures", "suites", "pyproject.toml", "README.md")
OWN_TEST = """\
from harness import PowerOff, fenced, runs_on


def test_my_guest_survives_a_power_cut(cluster, guest, probe, inject, objectives):
    victim = cluster.host_of(guest)
    probe.require(objectives.power_cut.hit)
    with inject(PowerOff(victim)):
        cluster.wait_until(fenced(victim) & runs_on(guest, cluster.peer_of(victim)))
        probe.wait_until_answered()
"""
"""A user's test, without type annotations."""


def install(folder: Path) -> Path:
    """Build the wheel and install it into an environment in `folder`. Return its Python.

    The environment uses the libraries of this one, because a second copy would take a minute.
    """
    source, environment = folder / "source", folder / "venv"
    copy_checkout(SOURCES, source)
    _python(sys.executable, "venv", "--without-pip", str(environment))
    quiet = ("--quiet", "--no-deps", "--disable-pip-version-check")
    dist = f"--wheel-dir={folder / 'dist'}"
    _python(sys.executable, "pip", "wheel", *quiet, "--no-build-isolation", dist, str(source))
    python = environment / "bin" / "python"
    (wheel,) = (folder / "dist").glob("*.whl")
    _python(sys.executable, "pip", "--python", str(python), "install", *quiet, str(wheel))
    (packages(python) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def packages(python: Path) -> Path:
    """Return the site-packages folder of an environment."""
    return next(python.parents[1].glob("lib/python3*/site-packages"))


def own_suite(folder: Path) -> Path:
    """Make a folder with one test and no other file."""
    folder.mkdir()
    (folder / "test_own.py").write_text(OWN_TEST)
    return folder


def elsewhere() -> dict[str, str]:
    """Return the environment variables of a command that must not import the checkout."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def _python(python: str, module: str, *words: str) -> None:
    subprocess.run([python, "-m", module, *words], check=True, env=elsewhere())
