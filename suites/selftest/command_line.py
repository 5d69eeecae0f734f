"""Calls of the command `quorate` in this process."""

import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.errors import Exit


class Command:
    """A call of `quorate`: its exit status and its output."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __init__(self, *words: str | Path) -> None:
        self.patch.setattr(sys, "argv", ["quorate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        output = self.capsys.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        self.code, self.out, self.err = code, output.out, output.err

    def refuses(self, text: str, status: Exit = Exit.USAGE) -> None:
        """Assert that the command refused its input, with one line that contains `text`."""
        [line] = self.err.splitlines()
        assert line.startswith("quorate: ")
        assert text in line
        assert self.code == status
