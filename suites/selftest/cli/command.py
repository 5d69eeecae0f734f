"""One call of the console script in this process."""

import sys
from pathlib import Path

import pytest

from harness.cli.main import main


class Command:
    """One call of the console script."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __init__(self, *words: str | Path) -> None:
        self.patch.setattr(sys, "argv", ["quorate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        said = self.capsys.readouterr()
        code = end.value.code
        self.out, self.err = said.out, f"{code}\n" if isinstance(code, str) else said.err
        self.code = 1 if isinstance(code, str) else code or 0
