"""A restored machine takes its disks as they stand: the trap that read overlays as zeros."""

from lxml import etree

from harness.lab.domain_xml import without_backing

SAVED = """<domain><name>alpha</name><devices>
<disk><source file="/lab/alpha-vdb.qcow2"/><backingStore/><target dev="vdb"/></disk>
<disk><source file="/lab/alpha.img"/><backingStore type="file"><backingStore/></backingStore></disk>
<interface><link state="up"/></interface></devices></domain>"""


def test_no_disk_of_a_restored_machine_claims_to_know_its_backing_file() -> None:
    """libvirt saves `<backingStore/>` for a disk without one, and would believe it later."""
    tree = etree.fromstring(without_backing(SAVED).encode())
    assert tree.findall(".//backingStore") == []


def test_nothing_else_of_the_machine_is_changed() -> None:
    """Sources, targets and cards stay."""
    tree = etree.fromstring(without_backing(SAVED).encode())
    files = [source.get("file") for source in tree.findall("devices/disk/source")]
    assert files == ["/lab/alpha-vdb.qcow2", "/lab/alpha.img"]
    assert tree.find("devices/disk/target") is not None
    assert tree.find("devices/interface/link") is not None
