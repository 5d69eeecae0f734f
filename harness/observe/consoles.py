"""The observer of the serial consoles of nodes and guests. It reads them at the end of a test."""

import re
from pathlib import Path

from harness.record.events import Blind, ConsoleLine, Watching
from harness.record.timeline import Timeline
from harness.target.target import Capability, Needs, Target

ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
"""Escape sequences of ECMA-48 (colours, cursor, window title), and control characters."""


class Consoles:
    """Notes the size of each console's file in `start`, and reads what was added in `collect`.

    A file is named after its machine: `alpha.log`, and `alpha-web.log` for guest web on alpha.
    """

    name = "consoles"
    watching = Watching(longest_hole_s=60)
    needs = Needs({Capability.HOST})

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self._target = target
        self._timeline = timeline
        self._sizes: dict[str, int] = {}

    def start(self) -> None:
        """Note the sizes of the files."""
        consoles = self._target.host.consoles()
        self._sizes = {machine: file.stat().st_size for machine, file in consoles.items()}

    def before_fault(self) -> None:
        """Nothing to do: the hypervisor writes the files."""

    def stop(self) -> None:
        """Nothing to do: the files are read by `collect`."""

    def collect(self) -> None:
        """Note each complete line since `start`. A node without a console is a gap."""
        files = self._target.host.consoles()
        for node in self._target.plan.nodes:
            if node not in files:
                self._note_gap(node, "it has no console")
        for machine, file in files.items():
            try:
                text = self._text(machine, file)
            except OSError as error:
                self._note_gap(machine, f"its console cannot be read ({error.strerror})")
                continue
            for line in filter(None, map(plain, re.split("[\r\n]+", text))):
                self._timeline.note(ConsoleLine(machine=machine, text=line))

    def _text(self, machine: str, file: Path) -> str:
        """Return the text up to the last complete line. A shorter file was truncated meanwhile."""
        content, size = file.read_bytes(), self._sizes.get(machine, 0)
        fresh = content[size:] if len(content) >= size else content
        complete = fresh[: fresh.rfind(b"\n") + 1]
        return self._target.redact(complete).decode(errors="replace")

    def _note_gap(self, machine: str, reason: str) -> None:
        self._timeline.note(Blind(observer=self.name, part=machine, reason=reason))


def plain(line: str) -> str:
    """Remove escape sequences, control characters and trailing blanks from a line."""
    return ESCAPE.sub("", line.replace("\t", " ")).rstrip()
