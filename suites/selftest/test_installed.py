"""Quorate as `pip install .` leaves it: nothing is missing outside the checkout."""

import subprocess
from pathlib import Path

import pytest

from harness.lab.state import PROJECT
from suites.installed.installation import elsewhere, install, own_suite, packages

LOADED = """
from harness.host.doctor import HOST_PACKAGES
from harness.lab.images.image import RECIPES
from harness.lab.machines import VAGRANTFILE
from harness.plan.load import load
from fixtures.stack.templating import TEMPLATES

load()
for path in (HOST_PACKAGES, RECIPES / "node" / "packages", VAGRANTFILE, TEMPLATES):
    print(path.exists(), path)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that Quorate is installed in."""
    return install(tmp_path_factory.mktemp("installed"))


def run(python: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(python), *words]
    return subprocess.run(
        command, cwd=cwd, env=elsewhere(), capture_output=True, text=True, check=False
    )


def test_each_file_of_the_product_is_installed(python: Path) -> None:
    installed = packages(python)
    for top in ("harness", "fixtures"):
        files = [file for file in (PROJECT / top).rglob("*") if file.is_file()]
        wanted = {
            (file.relative_to(PROJECT), file.stat().st_mode & 0o111)
            for file in files
            if not {"node_modules", "__pycache__"} & {*file.parts}
        }
        found = {(path, (installed / path).stat().st_mode & 0o111) for path, _ in wanted}
        assert wanted == found


def test_plan_templates_recipes_and_vagrantfile_are_the_installed_ones(
    python: Path, tmp_path: Path
) -> None:
    done = run(python, "-c", LOADED, cwd=tmp_path)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"True {packages(python)}/") for line in lines)


def test_a_suite_outside_the_checkout_knows_fixtures_and_options(
    python: Path, tmp_path: Path
) -> None:
    suite = own_suite(tmp_path / "suite")
    plain = ("-m", "pytest", "-p", "no:cacheprovider")
    listed = run(python, *plain, "--collect-only", "-q", "--lab=mine", cwd=suite)
    assert "test_my_guest_survives_a_power_cut[web]" in listed.stdout, listed.stderr
    setup = run(python, *plain, "--setup-plan", "--profile=debian-12", cwd=suite)
    assert "SETUP    F inject" in setup.stdout, setup.stderr
    assert [file.name for file in suite.iterdir() if file.name != "__pycache__"] == ["test_own.py"]


def test_the_installed_command_keeps_labs_in_the_working_folder(
    python: Path, tmp_path: Path
) -> None:
    (tmp_path / ".lab" / "here").mkdir(parents=True)
    (tmp_path / ".lab" / "here" / "lock").touch()
    done = run(python.with_name("quorate"), "list", cwd=tmp_path)
    assert "here" in done.stdout, done.stderr
