"""A machine saved as two files: its memory, and its state.

libvirt writes both as one stream, and a restore reads all of it into new memory. Here a restored
machine maps the file of its memory privately: it reads a page when it uses it, and gets its own
copy when it changes it. So a restore takes as long for much memory as for little. QEMU calls this
VM templating (docs/system/vm-templating.rst).

QEMU can leave memory that is shared with a file out of a save. So a machine is saved whole, made
again from that with a file as its memory, and saved once more.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lxml import etree

from harness.errors import LabError
from harness.lab.domain_xml import without_backing

with suppress(ImportError):  # tests can be listed where libvirt is not installed
    import libvirt
    import libvirt_qemu

QEMU = "{http://libvirt.org/schemas/domain/qemu/1.0}"
MEMORY = re.compile(r"memory-backend-\w+,(id=memory,size=\w+)")
"""The object for a machine's memory: anonymous in the Vagrantfile, or a file."""
IGNORE_SHARED = "migrate_set_capability x-ignore-shared"
"""A command for QEMU's monitor. QEMU 7.2 has no option for this capability."""


def save(connection: "libvirt.virConnect", name: str, memory: Path) -> None:
    """Save a suspended machine, and end it. `memory` is the file for its memory.

    Raises:
        LabError: the machine cannot be saved.
    """
    state = _state(memory)
    try:
        _save(connection, name, state, ignore="off")
        memory.touch(mode=0o600)  # QEMU would let anyone read it
        shared = with_memory(_definition(connection, state), memory, shared=True)
        connection.restoreFlags(state, shared, libvirt.VIR_DOMAIN_SAVE_PAUSED)
        _save(connection, name, state, ignore="on")
    except (libvirt.libvirtError, LookupError) as error:
        raise LabError(f"{name} cannot be saved ({error})") from None


def restore(connection: "libvirt.virConnect", memory: Path) -> None:
    """Make a saved machine again, suspended, with the disks that their paths name now.

    The definition in a save states the backing file of each disk, or its absence, and libvirt
    trusts it: a new overlay at the path of a disk without backing would read as zeros. So the
    backing files are removed from the definition.

    Raises:
        OSError, LookupError, libvirt.libvirtError: the saved machine is damaged.
    """
    memory.stat()  # QEMU would make an empty file
    state = _state(memory)
    definition = without_backing(_definition(connection, state))
    private = with_memory(definition, memory, shared=False)
    with _first_command(memory, f"{IGNORE_SHARED} on"):
        connection.restoreFlags(state, private, libvirt.VIR_DOMAIN_SAVE_PAUSED)


def with_memory(domain_xml: str, memory: Path, *, shared: bool) -> str:
    """Return a machine's definition with a file as its memory, shared or mapped privately.

    A machine that maps it privately has a second monitor, for its first command.

    Raises:
        LookupError: the definition is not the Vagrantfile's.
    """
    tree = etree.fromstring(domain_xml.encode())
    arguments = tree.find(f"{QEMU}commandline")
    found = MEMORY.search(" ".join(arg.get("value", "") for arg in tree.iter(f"{QEMU}arg")))
    if arguments is None or found is None:
        raise LookupError("its memory has no name")
    share = "on" if shared else "off"
    file = f"memory-backend-file,{found[1]},share={share},mem-path={_escaped(memory)}"
    words = ["-object", file, "-machine", "memory-backend=memory"]
    if not shared:
        monitor = f"pipe,id=restore,path={_escaped(_monitor(memory))}"
        words += ["-chardev", monitor, "-mon", "chardev=restore,mode=readline"]
    arguments[:] = [etree.Element(f"{QEMU}arg", value=word) for word in words]
    return etree.tostring(tree, encoding="unicode")


def _definition(connection: "libvirt.virConnect", state: str) -> str:
    return str(connection.saveImageGetXMLDesc(state, libvirt.VIR_DOMAIN_XML_SECURE))


def _save(connection: "libvirt.virConnect", name: str, state: str, *, ignore: str) -> None:
    domain = connection.lookupByName(name)
    hmp = libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP
    if error := libvirt_qemu.qemuMonitorCommand(domain, f"{IGNORE_SHARED} {ignore}", hmp).strip():
        raise LabError(f"{name} cannot be saved ({error})")
    domain.saveFlags(state, None, libvirt.VIR_DOMAIN_SAVE_PAUSED)


@contextmanager
def _first_command(memory: Path, command: str) -> Iterator[None]:
    """Have a command ready for the second monitor of a machine that starts.

    QEMU reads it when its main loop begins. libvirt starts the restore later, because it first
    waits for several answers from its own monitor.
    """
    monitor = _monitor(memory)
    ends = [monitor.with_name(f"{monitor.name}.{end}") for end in ("in", "out")]
    for end in ends:
        with suppress(FileExistsError):
            os.mkfifo(end, 0o600)
    handle = os.open(ends[0], os.O_RDWR | os.O_NONBLOCK)
    try:
        os.write(handle, f"{command}\n".encode())
        yield
    finally:
        os.close(handle)


def _state(memory: Path) -> str:
    return str(memory.with_suffix(".state"))


def _monitor(memory: Path) -> Path:
    """Return the path of a pipe, to which QEMU appends .in and .out."""
    return memory.with_suffix(".monitor")


def _escaped(path: Path) -> str:
    """Return a path as the value of one of QEMU's options."""
    return str(path).replace(",", ",,")
