"""What is saved of a test: what the nodes, their consoles and the lab's own processes say."""

import base64
import bz2
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from harness.lab.keys import redact
from harness.lab.lab import Lab
from harness.plan.plan import NodePlan
from harness.progress import log
from harness.target.shell import Unreachable

# A cluster that is ill may let the last ones hang, and a node is given up at its first silence.
COMMANDS = {
    "kernel": "dmesg",
    # The newest lines of all lives: a node that was fenced has the interesting ones in another.
    "journal": "journalctl --no-pager -o short-precise -n 4000",
    "drbd": "cat /proc/drbd",
    "status": "ip -br a; corosync-quorumtool -s; corosync-cfgtool -s; crm_mon -1rf",
    "cib": "cibadmin --query",
}
SCHEDULER = "tar -C /var/lib/pacemaker -cz pengine | base64"
"""What the scheduler decided from; `crm_simulate -S -x FILE` replays each."""
LOGS = ("expiry.log", "fence_virtd.log", "libvirtd.log")
"""Of the lab's own processes: the end of a fault that nobody lifted, the fence device, power."""


class Evidence:
    """Remembers where the lab's own logs stand when a test begins, and later keeps all there is."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._lengths = {name: len(self._log(name)) for name in LOGS}

    def collect(self, folder: Path) -> None:
        """Write it into the test's folder: consoles and logs of any lab, and what nodes say."""
        for console in self._lab.state.consoles.glob("*.log"):
            if text := console.read_bytes():
                self._write(folder / f"console-{console.name}", text)
        for name, length in self._lengths.items():
            if added := self._log(name)[length:]:
                self._write(folder / name, added)
        if not self._lab.gone:
            self._lab.shell.each(self._lab.plan.nodes.values(), lambda n: self._ask(n, folder))

    def _ask(self, node: NodePlan, folder: Path) -> None:
        if not self._lab.hypervisor.is_running(node.name):
            (folder / f"{node}-is-off").touch()
            return
        try:
            for name, command in COMMANDS.items():
                answer = self._lab.shell.run(node, command)
                text = answer.stdout + answer.stderr
                self._write(folder / f"{node}-{name}.txt", text.encode())
            self._unpack(folder, node, self._lab.shell.run(node, SCHEDULER).stdout)
        except Unreachable as error:
            log.warning("evidence: %s", error)

    def _unpack(self, folder: Path, node: NodePlan, archive: str) -> None:
        """Each input by itself, as XML: in what is packed no secret can be found."""
        try:
            for name, packed in _members(archive):
                plain = bz2.BZ2Decompressor().decompress(packed)  # also of a file cut short
                self._write(folder / f"{node}-{name.removesuffix('.bz2')}.xml", plain)
        except (tarfile.TarError, ValueError, EOFError, OSError) as error:
            log.warning("evidence: %s: scheduler inputs: %s", node, error)

    def _write(self, file: Path, text: bytes) -> None:
        """The only way into the folder: no secret of the lab gets through."""
        file.write_bytes(redact(text, self._lab.state.keys))

    def _log(self, name: str) -> bytes:
        file = self._lab.state.folder / name
        return file.read_bytes() if file.exists() else b""


def _members(archive: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the scheduler's inputs, still packed."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive))) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file and member.name.endswith(".bz2"):
                yield Path(member.name).name, file.read()
