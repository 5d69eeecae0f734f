"""Quorate without a checkout: installed with pip, with a test suite in a separate folder."""

import json
import subprocess
from pathlib import Path

import pytest

from harness.errors import Exit, Invalid
from harness.pytest_plugin.options import settings
from suites.installed.installation import elsewhere, install, own_suite, packages

pytestmark = pytest.mark.slow  # the inner run locks the lab, so this run must not hold it


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return the Python of an environment with Quorate and its report tool.

    The report tool is installed as `quorate doctor` advises.
    """
    python = install(tmp_path)
    report = packages(python) / "harness" / "report"
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=report, check=True)
    return python


def test_a_suite_outside_the_checkout_gets_a_verdict_and_a_report(
    python: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Given Quorate installed by pip, and a folder with one test that cuts a host's power,
    when pytest runs there with this lab,
    then the folder has the test's verdict and the run's report.
    """
    options = settings(pytestconfig)
    suite = own_suite(tmp_path / "suite")
    profiles = [f"--profile={name}" for name in options.profiles]
    state = options.state
    lab = [f"--lab={state.name}", f"--lab-dir={state.root}", f"--accel={options.accel}"]
    command = [str(python), "-m", "pytest", "-k", "web", *lab, *profiles]
    done = subprocess.run(command, cwd=suite, env=elsewhere(), check=False)
    if done.returncode == Exit.INVALID:
        raise Invalid("the inner run was invalid: its output states why")

    assert done.returncode == 0
    run = suite / "reports" / "latest"
    assert (run / "report.html").stat().st_size > 100_000
    (verdict,) = run.glob("*/verdict.json")
    assert json.loads(verdict.read_text())["verdict"] == "pass"
