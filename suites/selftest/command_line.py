"""The console script, called in this process."""

import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.errors import Exit


class Command:
    """One call of the console script: its exit status and what it printed."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __init__(self, *words: str | Path) -> None:
        self.patch.setattr(sys, "argv", ["quorate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        said = self.capsys.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        self.code, self.out, self.err = code, said.out, said.err

    def refuses(self, text: str, status: Exit = Exit.USAGE) -> None:
        """See that it refuses its input: in one line, which has that text."""
        [line] = self.err.splitlines()
        assert line.startswith("quorate: ")
        assert text in line
        assert self.code == status
