"""A libvirt of each test alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.lab.hypervisor import Hypervisor
from suites.selftest.hypervisor.machine import MACHINE


@pytest.fixture
def hypervisor(tmp_path: Path) -> Iterator[Hypervisor]:
    """A libvirt of this test alone with one machine, which is off.

    Not test:///default: that one lives on while anything of this process holds a machine of it.
    """
    pytest.importorskip("libvirt")
    file = tmp_path / "libvirt.xml"
    file.write_text("<node><network><name>default</name><bridge name='br0'/></network></node>")
    one = Hypervisor(f"test://{file}")
    one.define((), [MACHINE])
    yield one
    one.close()
