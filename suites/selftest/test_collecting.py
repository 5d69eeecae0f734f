"""Tests can be listed on a laptop that has no libvirt."""

import subprocess
import sys

from harness.lab.state import PROJECT

CODE = """
import sys
sys.modules["libvirt"] = None  # as if it were not installed
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "suites"]))
"""


def test_all_suites_can_be_listed_without_libvirt() -> None:
    command = [sys.executable, "-c", CODE]
    listing = subprocess.run(command, check=False, cwd=PROJECT, capture_output=True)
    assert listing.returncode == 0, listing.stdout
    assert b"test_guest_moves_when_its_node_loses_power[web]" in listing.stdout
    assert b"test_both_rings_are_connected[alpha]" in listing.stdout, "`host` is testinfra's own"
