"""What a test author imports from `harness`."""

import subprocess
import sys

import pytest

import harness
from harness.lab.state import PROJECT


@pytest.mark.parametrize("name", harness.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(harness, name).__name__ == name


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Lab'"):
        _ = harness.Lab


def test_they_need_no_libvirt() -> None:
    """Tests are written on a laptop, too."""
    code = "import sys; sys.modules['libvirt'] = None; from harness import *"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
