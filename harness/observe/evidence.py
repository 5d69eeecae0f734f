"""The evidence of a test: output of the nodes, their consoles, and logs of the lab's processes."""

import base64
import bz2
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.plan.plan import NodePlan
from harness.progress import log
from harness.target.shell import Unreachable
from harness.target.target import Capability, Target

# The last commands may hang in a broken cluster. A node is given up at its first time-out.
COMMANDS = {
    "kernel": "dmesg",
    # The newest lines of all boots: those of a fenced node are in an earlier boot.
    "journal": "journalctl --no-pager -o short-precise -n 4000",
    "drbd": "cat /proc/drbd",
    "status": "ip -br a; corosync-quorumtool -s; corosync-cfgtool -s; crm_mon -1rf",
    "cib": "cibadmin --query",
}
SCHEDULER = "tar -C /var/lib/pacemaker -cz pengine | base64"
"""The inputs of Pacemaker's scheduler. `crm_simulate -S -x FILE` replays one."""


class Evidence:
    """Notes the length of the host's logs when a test begins, and saves all evidence later."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lengths = {name: len(_content(file)) for name, file in self._logs().items()}

    def collect(self, folder: Path) -> None:
        """Write the host's files and the nodes' answers to a folder."""
        for machine, console in self._consoles().items():
            if text := console.read_bytes():
                self._write(folder / f"console-{machine}.log", text)
        for name, file in self._logs().items():
            if added := _content(file)[self._lengths[name] :]:
                self._write(folder / name, added)
        if not self._target.gone:
            nodes = self._target.plan.nodes.values()
            self._target.shell.each(nodes, lambda node: self._ask(node, folder))

    def _ask(self, node: NodePlan, folder: Path) -> None:
        if self._target.is_off(node):
            (folder / f"{node}-is-off").touch()
            return
        try:
            for name, command in COMMANDS.items():
                answer = self._target.shell.run(node, command)
                text = answer.stdout + answer.stderr
                self._write(folder / f"{node}-{name}.txt", text.encode())
            self._unpack(folder, node, self._target.shell.run(node, SCHEDULER).stdout)
        except Unreachable as error:
            log.warning("evidence: %s", error)

    def _unpack(self, folder: Path, node: NodePlan, archive: str) -> None:
        """Unpack each scheduler input to XML. Secrets cannot be redacted in a packed file."""
        try:
            for name, packed in _members(archive):
                plain = bz2.BZ2Decompressor().decompress(packed)  # also of a file cut short
                self._write(folder / f"{node}-{name.removesuffix('.bz2')}.xml", plain)
        except (tarfile.TarError, ValueError, EOFError, OSError) as error:
            log.warning("evidence: %s: scheduler inputs: %s", node, error)

    def _write(self, file: Path, text: bytes) -> None:
        """Write a file without the lab's secrets. All files are written by this method."""
        file.write_bytes(self._target.redact(text))

    def _consoles(self) -> Mapping[str, Path]:
        return self._target.host.consoles() if self._sees_host else {}

    def _logs(self) -> Mapping[str, Path]:
        return self._target.host.logs() if self._sees_host else {}

    @property
    def _sees_host(self) -> bool:
        return Capability.HOST in self._target.capabilities


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _members(archive: str) -> Iterator[tuple[str, bytes]]:
    """Yield the names and the packed contents of the scheduler's inputs."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive))) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file and member.name.endswith(".bz2"):
                yield Path(member.name).name, file.read()
