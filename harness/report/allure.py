"""The Allure page of a run: one HTML file that opens anywhere, without a network."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.errors import LabError

_HERE = Path(__file__).resolve().parent
_TITLE = "Quorate"
_PATIENCE_SECONDS = 180

# Allure adds a visitor counter to each page and has no option against it. A page that loads it is
# not self-contained, and it would tell a third party who reads the report.
_COUNTER = re.compile(
    r"<script[^>]*googletagmanager.*?</script>\s*<script>.*?</script>\s*", re.DOTALL
)


class ReportError(LabError):
    """The page could not be made. The message is one line and says what to do."""


def write_html(results: Path, target: Path) -> None:
    """Convert the Allure results in a folder to a single HTML file.

    Raises:
        ReportError: Allure is not installed, or made no page.
    """
    if not any(results.glob("*.json")):
        raise ReportError(f"no Allure results in {results}: run pytest with --alluredir first")
    tool = _tool()
    with tempfile.TemporaryDirectory(prefix="quorate-report-") as scratch:
        page = _generate(tool, results=results.resolve(), scratch=Path(scratch))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")


def _tool() -> Path:
    tool = _HERE / "node_modules" / ".bin" / "allure"
    if not tool.exists():
        raise ReportError(f"Allure is not installed: run `npm ci` in {_HERE}")
    if shutil.which("node") is None:
        raise ReportError("Allure needs the command `node`: install the package nodejs")
    return tool


def _generate(tool: Path, *, results: Path, scratch: Path) -> str:
    page = scratch / "page"
    options = ["--single-file", "--name", _TITLE, "--output", str(page)]
    # Allure reads an allurerc from its working folder, so it gets an empty one.
    output = _run([str(tool), "awesome", str(results), *options], cwd=scratch)
    # Allure exits with 0 even after an error, so only the page proves success.
    index = page / "index.html"
    if not index.exists():
        raise ReportError(f"Allure made no page from {results}: {_last_line(output)}")
    return _COUNTER.sub("", index.read_text(encoding="utf-8"))


def _run(command: Sequence[str], *, cwd: Path) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReportError(f"Allure made no page within {_PATIENCE_SECONDS} s") from None
    return done.stdout


def _last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"
