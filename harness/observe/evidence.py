"""What is saved of a test: what the nodes, their consoles and the lab's own processes say."""

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


class Evidence:
    """Remembers how long the host's own logs are when a test begins; later keeps all there is."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lengths = {name: len(_content(file)) for name, file in self._logs().items()}

    def collect(self, folder: Path) -> None:
        """Write it into the test's folder: what the host has, and what the nodes answer."""
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
        """Each input by itself, as XML: in what is packed no secret can be found."""
        try:
            for name, packed in _members(archive):
                plain = bz2.BZ2Decompressor().decompress(packed)  # also of a file cut short
                self._write(folder / f"{node}-{name.removesuffix('.bz2')}.xml", plain)
        except (tarfile.TarError, ValueError, EOFError, OSError) as error:
            log.warning("evidence: %s: scheduler inputs: %s", node, error)

    def _write(self, file: Path, text: bytes) -> None:
        """The only way into the folder: no secret of the lab gets through."""
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
    """Names and contents of the scheduler's inputs, still packed."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive))) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file and member.name.endswith(".bz2"):
                yield Path(member.name).name, file.read()
