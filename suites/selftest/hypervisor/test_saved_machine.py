"""A saved machine: its memory in a file, its state in another."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import etree

from harness.errors import LabError
from harness.lab import saved_machine
from harness.lab.hypervisor import Hypervisor

libvirt = pytest.importorskip("libvirt")
libvirt_qemu = pytest.importorskip("libvirt_qemu")
QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
VAGRANT = f"""<domain xmlns:qemu='{QEMU}'><name>alpha</name><devices>
<disk><source file='/disks/alpha.img'/><backingStore/></disk></devices><qemu:commandline>
<qemu:arg value='-object'/><qemu:arg value='memory-backend-ram,id=memory,size=1280M'/>
<qemu:arg value='-machine'/><qemu:arg value='memory-backend=memory'/>
</qemu:commandline></domain>"""


@dataclass
class FakeQemu:
    """The part of libvirt that saves and restores one machine."""

    memory: Path
    answer: str = ""
    done: list[str] = field(default_factory=list)
    definition: str = VAGRANT

    def lookupByName(self, name: str) -> "FakeQemu":  # noqa: N802  libvirt's name
        assert name == "alpha"
        return self

    def monitor(self, _: object, command: str, flags: int) -> str:
        self.done.append(command)
        return self.answer

    def saveFlags(self, file: str, xml: None, flags: int) -> None:  # noqa: N802  libvirt's name
        assert flags == libvirt.VIR_DOMAIN_SAVE_PAUSED
        Path(file).write_text("state")
        self.done.append(f"save {Path(file).name}")

    def saveImageGetXMLDesc(self, file: str, flags: int) -> str:  # noqa: N802  libvirt's name
        assert flags == libvirt.VIR_DOMAIN_XML_SECURE
        Path(file).read_text()
        return self.definition

    def restoreFlags(self, file: str, xml: str, flags: int) -> None:  # noqa: N802  libvirt's name
        assert flags == libvirt.VIR_DOMAIN_SAVE_PAUSED
        self.definition = xml
        share = "shared" if "share=on" in xml else "private"
        self.done.append(f"restore {Path(file).name}, {share}")
        self.memory.touch()
        fifo = self.memory.with_suffix(".monitor.in")
        if fifo.exists():
            handle = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            self.done.append(os.read(handle, 100).decode().strip())
            os.close(handle)


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeQemu:
    fake = FakeQemu(tmp_path / "alpha.memory")
    monkeypatch.setattr(libvirt_qemu, "qemuMonitorCommand", fake.monitor)
    return fake


def arguments(xml: str) -> list[str]:
    return [arg.get("value", "") for arg in etree.fromstring(xml.encode()).iter(f"{{{QEMU}}}arg")]


def test_a_machine_is_saved_whole_and_then_without_its_memory(qemu: FakeQemu) -> None:
    saved_machine.save(qemu, "alpha", qemu.memory)
    assert qemu.done == [
        "migrate_set_capability x-ignore-shared off",
        "save alpha.state",
        "restore alpha.state, shared",
        "migrate_set_capability x-ignore-shared on",
        "save alpha.state",
    ]


def test_a_restored_machine_reads_its_command_at_its_start(qemu: FakeQemu) -> None:
    saved_machine.save(qemu, "alpha", qemu.memory)
    for _ in range(2):
        qemu.done.clear()
        saved_machine.restore(qemu, qemu.memory)
        command = "migrate_set_capability x-ignore-shared on"
        assert qemu.done == ["restore alpha.state, private", command]


def test_a_restored_machine_can_be_saved_elsewhere(qemu: FakeQemu, tmp_path: Path) -> None:
    """Nothing of the first save is in the second."""
    saved_machine.save(qemu, "alpha", qemu.memory)
    saved_machine.restore(qemu, qemu.memory)
    other = tmp_path / "frozen"
    other.mkdir()
    saved_machine.save(qemu, "alpha", other / "alpha.memory")
    words = arguments(qemu.definition)
    assert words[1::2] == [
        f"memory-backend-file,id=memory,size=1280M,share=on,mem-path={other}/alpha.memory",
        "memory-backend=memory",
    ]


def test_a_restored_machine_finds_the_backing_of_its_disks_itself(qemu: FakeQemu) -> None:
    saved_machine.save(qemu, "alpha", qemu.memory)
    assert "backingStore" in qemu.definition
    saved_machine.restore(qemu, qemu.memory)
    assert "backingStore" not in qemu.definition


def test_only_the_owner_may_read_the_memory_and_use_the_monitor(qemu: FakeQemu) -> None:
    saved_machine.save(qemu, "alpha", qemu.memory)
    saved_machine.restore(qemu, qemu.memory)
    assert qemu.memory.stat().st_mode & 0o777 == 0o600
    for end in ("in", "out"):
        assert qemu.memory.with_suffix(f".monitor.{end}").stat().st_mode & 0o777 == 0o600


def test_a_path_with_a_comma_is_one_option() -> None:
    xml = saved_machine.with_memory(VAGRANT, Path("/a,b/alpha.memory"), shared=False)
    words = arguments(xml)
    assert words[1].endswith(",share=off,mem-path=/a,,b/alpha.memory")
    assert words[-3:] == [
        "pipe,id=restore,path=/a,,b/alpha.monitor",
        "-mon",
        "chardev=restore,mode=readline",
    ]


def test_a_machine_of_unknown_memory_cannot_be_restored() -> None:
    with pytest.raises(LookupError, match="its memory has no name"):
        saved_machine.with_memory(VAGRANT.replace("id=memory", "id=ram"), Path(), shared=True)


@pytest.mark.parametrize("cause", ["qemu", "libvirt", "definition"])
def test_a_machine_that_cannot_be_saved_is_named(
    cause: str, qemu: FakeQemu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise libvirt.libvirtError("no space left")

    if cause == "qemu":
        qemu.answer = "Error: no such capability\r\n"
    elif cause == "libvirt":
        monkeypatch.setattr(qemu, "saveFlags", fail)
    else:
        qemu.definition = VAGRANT.replace("memory", "ram")
    reasons = {
        "qemu": "Error: no such capability",
        "libvirt": "no space left",
        "definition": "its memory has no name",
    }
    with pytest.raises(LabError, match=rf"^alpha cannot be saved \({reasons[cause]}\)$"):
        saved_machine.save(qemu, "alpha", qemu.memory)


@pytest.mark.parametrize("lacks", ["state", "memory"])
def test_a_damaged_machine_names_the_way_out(
    lacks: str, hypervisor: Hypervisor, tmp_path: Path
) -> None:
    memory = tmp_path / "alpha.memory"
    if lacks == "state":
        memory.touch()
    message = r"^the saved alpha cannot be restored \(.+\); `quorate down --discard` forgets"
    with pytest.raises(LabError, match=message):
        hypervisor.restore({"alpha": memory})


def test_the_hypervisor_saves_and_restores_all_machines(
    hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def note(kind: str) -> Callable[..., None]:
        return lambda _, *of: done.append(f"{kind} {' '.join(map(str, of))}")

    monkeypatch.setattr("harness.lab.hypervisor.save", note("save"))
    monkeypatch.setattr("harness.lab.hypervisor.restore", note("restore"))
    hypervisor.save({"alpha": Path("/a"), "bravo": Path("/b")})
    hypervisor.restore({"alpha": Path("/a")})
    assert sorted(done) == ["restore /a", "save alpha /a", "save bravo /b"]
