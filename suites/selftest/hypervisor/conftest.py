"""A libvirt with its own test driver for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.lab.hypervisor import Hypervisor
from suites.selftest.hypervisor.machine import MACHINE


@pytest.fixture
def hypervisor(tmp_path: Path) -> Iterator[Hypervisor]:
    """A connection to a libvirt with one machine, which is off.

    The URI test:///default would be shared between tests: it exists as long as this process holds
    one of its machines.
    """
    pytest.importorskip("libvirt")
    file = tmp_path / "libvirt.xml"
    file.write_text("<node><network><name>default</name><bridge name='br0'/></network></node>")
    one = Hypervisor(f"test://{file}")
    one.define((), [MACHINE])
    yield one
    one.close()
