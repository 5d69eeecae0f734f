"""Files that a run or a lab left, damaged or gone."""

import json
import os
from pathlib import Path

import pytest

from harness.errors import Exit
from harness.judge.verdict import judge_file
from harness.lab.state import State
from harness.runs.store import write_verdict
from suites.selftest.command_line import Command
from suites.selftest.verdicts import store_record


@pytest.fixture
def test(tmp_path: Path) -> Path:
    """The folder of a judged test in a run."""
    (tmp_path / "run").mkdir()
    folder = tmp_path / "run" / "test_cut"
    write_verdict(folder, judge_file(store_record(folder)))
    return folder


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "Invalid JSON: EOF while parsing"),
        (b'{"verdict": "pa', "Invalid JSON: EOF while parsing"),
        (b"\xff", "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b"null", "Input should be an object"),
        (b"[]", "Input should be an object"),
        (b"{}", "verdict: Field required"),
        (b'{"verdict": 1}', "verdict: Input should be 'pass', 'fail' or 'invalid'"),
        (b'{"verdict": NaN}', "verdict: Input should be"),
    ],
)
def test_a_damaged_verdict_is_one_line_of_the_judgement(
    quorate: type[Command], test: Path, content: bytes, text: str
) -> None:
    (test / "verdict.json").write_bytes(content)
    done = quorate("judge", test.parent)
    [line] = [line for line in done.out.splitlines() if "DIFFERS" in line]
    assert f"the stored verdict is damaged: {text}" in line
    assert (done.code, done.err) == (Exit.FAILED, "")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "timeline.jsonl: empty"),
        (b"\n", "timeline.jsonl, line 1: damaged (Invalid JSON"),
        (b"{}\n", "timeline.jsonl, line 1: damaged (Unable to extract tag"),
        (b"[]\n", "timeline.jsonl, line 1: damaged (Input should be"),
        (b"null\n", "timeline.jsonl, line 1: damaged (Input should be"),
        (b"\xff\n", "timeline.jsonl, line 1: damaged (Invalid JSON"),
        (b"[" * 100_000 + b"\n", "timeline.jsonl, line 1: damaged (Invalid JSON"),
        (b'{"kind": "opened"', "timeline.jsonl, line 1: cut short"),
    ],
)
def test_a_damaged_record_is_one_line_of_the_judgement(
    quorate: type[Command], test: Path, content: bytes, text: str
) -> None:
    (test / "timeline.jsonl").write_bytes(content)
    done = quorate("judge", test.parent)
    name, verdict, why, *_ = done.out.splitlines()
    assert (name, verdict) == ("test_cut", "  verdict: invalid")
    assert why.startswith(f"    unfit: {text}")
    assert (done.code, done.err) == (Exit.FAILED, "")


@pytest.mark.parametrize(
    ("name", "text", "status"),
    [
        ("gone", "gone: no test in it; name the folder of a run", Exit.USAGE),
        ("", "no test in it; name the folder of a run", Exit.USAGE),
        ("/etc/passwd", "/etc/passwd: no test in it; name the folder", Exit.USAGE),
        ("a\nb", "a\\nb: no test in it; name the folder", Exit.USAGE),
        ("x" * 300, "File name too long", Exit.LAB),
    ],
)
def test_what_is_no_run_is_named(
    quorate: type[Command],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
    status: Exit,
) -> None:
    monkeypatch.chdir(tmp_path)
    quorate("judge", name).refuses(text, status)


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A lab that was up once."""
    state = State(tmp_path / "labs")
    state.prepare()
    (state.folder / "lock").touch()
    return state


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "plan.json: empty, write a mapping"),
        ('{"release": ', "plan.json: not YAML"),
        ("[]", "plan.json: found [], write a mapping"),
        ('{"release": "sid"}', "release: found 'sid', write bookworm or trixie"),
    ],
)
@pytest.mark.parametrize("words", [["status"], ["ssh", "alpha"]], ids=" ".join)
def test_a_damaged_plan_of_a_lab_is_named(
    quorate: type[Command], state: State, words: list[str], content: str, text: str
) -> None:
    state.plan.write_text(content)
    refused = quorate(words[0], "--lab-dir", state.root, *words[1:])
    refused.refuses(text)
    refused.refuses("; `quorate up` writes a new one")


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", "7", "{}", '{"pid": 1}', '{"pid": "a", "started": 1}'),
        *('{"pid": -1}', '{"pid": 1, "started": "now"}', '{"pid": 1e30, "started": 1}'),
    ],
)
def test_a_damaged_note_of_a_labs_processes_counts_as_a_lab_that_is_down(
    quorate: type[Command], stopped: list[str], state: State, content: str
) -> None:
    (state.folder / "capsule.json").write_text(content)
    done = quorate("status", "--lab-dir", state.root)
    done.refuses("lab 'default' is down; type `quorate up`", Exit.DOWN)
    assert quorate("list", "--lab-dir", state.root).out.startswith("lab default: down\n")
    assert quorate("down", "--lab-dir", state.root).out == "lab default: was down\n"
    assert stopped == ["default"]


@pytest.mark.parametrize("moment", ["nope", "", "..", "../checkpoint", "/etc", "a\nb", "x" * 300])
def test_what_was_never_frozen_is_not_thawed(
    quorate: type[Command], state: State, moment: str
) -> None:
    state.checkpoint.mkdir()
    (state.checkpoint / "manifest.json").write_text(json.dumps({}))
    done = quorate("thaw", moment, "--lab-dir", state.root)
    done.refuses(f"nothing frozen as {moment!r}; there is: nothing")


@pytest.mark.parametrize("name", ["", "zulu", "al\npha", "-o"])
def test_a_node_that_is_not_in_the_plan_is_answered_with_those_that_are(
    quorate: type[Command], state: State, name: str
) -> None:
    done = quorate("ssh", "--lab-dir", state.root, "--", name)
    done.refuses(f"no node {name!r} in the plan; name one of alpha, bravo, arbiter")


@pytest.mark.parametrize(
    ("words", "status"),
    [(["status"], Exit.DOWN), (["ssh", "alpha"], Exit.LAB), (["ssh", "alpha", "-x"], Exit.LAB)],
)
def test_a_lab_that_is_down_is_said_with_the_way_out(
    quorate: type[Command], tmp_path: Path, words: list[str], status: Exit
) -> None:
    done = quorate(words[0], "--lab-dir", tmp_path, *words[1:])
    done.refuses("lab 'default' is down; type `quorate up`", status)


def test_folders_that_are_no_labs_are_not_listed(quorate: type[Command], tmp_path: Path) -> None:
    for name in ("Lab", "images", "a b", "blue"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").touch()
    assert quorate("list", "--lab-dir", tmp_path).out.splitlines()[0] == "lab blue: down"


def test_a_folder_that_may_not_be_read_is_one_line(
    quorate: type[Command], state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read any, so the kernel's answer is given here."""

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, os.strerror(13), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    done = quorate("down", "--lab-dir", state.root)
    done.refuses(f"{state.folder}: Permission denied", Exit.LAB)
