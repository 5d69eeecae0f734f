"""The command line: one line for each known error, and no lab taken from who holds it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import lab_commands, options
from harness.cli.main import main
from harness.errors import Exit
from harness.judge.verdict import judge_file
from harness.lab.capsule import Capsule
from harness.lab.state import PROJECT, State
from harness.runs.store import write_verdict
from suites.selftest.verdicts import store_record


@pytest.fixture
def quorate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "type[Command]":
    """The console script in this process, as root, with its exit code and what it said."""
    monkeypatch.setattr(lab_commands, "require_root", lambda: None)
    Command.patch, Command.capsys = monkeypatch, capsys
    return Command


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


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the labs that were ended."""
    names: list[str] = []
    monkeypatch.setattr(Capsule, "stop", lambda capsule: names.append(capsule.state.name))
    return names


def test_help_and_doctor_need_no_libvirt_binding() -> None:
    """So that the doctor can say on any machine that it is missing."""
    block = (
        "import sys; sys.modules['libvirt'] = None; import harness.cli.main, harness.host.doctor"
    )
    subprocess.run([sys.executable, "-c", block], check=True, cwd=PROJECT)


def test_a_node_that_is_not_in_the_plan_is_answered_with_those_that_are(
    quorate: type[Command],
) -> None:
    """In one line."""
    done = quorate("ssh", "zulu")
    assert done.code == Exit.USAGE
    assert done.err == "quorate: no node 'zulu' in the plan; name one of alpha, bravo, arbiter\n"


def test_ssh_enters_the_labs_network_and_hands_over_the_whole_command(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What follows the node's name is the command's own, options too."""
    calls: list[list[str]] = []
    monkeypatch.setattr(Capsule, "enter_network", lambda _: calls.append(["entered"]))
    monkeypatch.setattr("os.execvp", lambda _, words: calls.append(words))
    assert quorate("ssh", "--lab-dir", tmp_path, "alpha", "ls", "--lab", "-l").code == 0
    assert calls[0] == ["entered"]
    assert calls[1][:3] == ["ssh", "-i", str(tmp_path / "default" / "keys" / "ssh")]
    assert calls[1][-4:] == ["root@10.77.0.11", "ls", "--lab", "-l"]


@pytest.mark.parametrize(
    ("words", "status"), [(["status"], Exit.DOWN), (["ssh", "alpha"], Exit.LAB)]
)
def test_a_lab_that_is_down_is_said_with_the_way_out(
    quorate: type[Command], tmp_path: Path, words: list[str], status: Exit
) -> None:
    """In one line."""
    done = quorate(words[0], "--lab-dir", tmp_path, *words[1:])
    assert done.code == status
    assert done.err == "quorate: lab 'default' is down; type `quorate up`\n"


def test_down_is_harmless_when_there_is_no_lab(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """Nothing is made, either."""
    done = quorate("down", "--lab-dir", tmp_path, "--lab", "none")
    assert (done.code, done.out) == (0, "lab none: there is none\n")
    assert not stopped
    assert not list(tmp_path.iterdir())


def test_down_ends_the_lab_and_forgets_its_checkpoint_only_when_told(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """A checkpoint is minutes of work."""
    checkpoint = State(tmp_path, "default").checkpoint
    checkpoint.mkdir(parents=True)
    assert quorate("down", "--lab-dir", tmp_path).out == "lab default: was down\n"
    assert checkpoint.exists()
    done = quorate("down", "--lab-dir", tmp_path, "--discard")
    assert done.out.splitlines()[1:] == ["lab default: its checkpoints are gone"]
    assert not checkpoint.exists()
    assert stopped == ["default", "default"]


def test_down_leaves_a_lab_that_a_run_holds(
    quorate: type[Command], stopped: list[str], tmp_path: Path
) -> None:
    """And says who holds it."""
    with State(tmp_path, "default").lock():
        done = quorate("down", "--lab-dir", tmp_path, "--discard")
    assert done.code == Exit.LAB
    assert done.err.startswith("quorate: lab 'default' is in use by process ")
    assert not stopped


def test_up_becomes_pytest_with_its_options(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With absolute paths: pytest runs in the project's folder."""
    seen: list[str] = []
    monkeypatch.setattr("os.execv", lambda _, words: seen.extend(words))
    monkeypatch.chdir(tmp_path)
    quorate("up", "--lab-dir", "labs", "--lab", "two", "--accel", "tcg")
    assert Path.cwd() == PROJECT
    assert seen[:6] == [sys.executable, "-m", "pytest", "suites/smoke", "--keep-lab", "--lab=two"]
    assert f"--lab-dir={tmp_path / 'labs'}" in seen
    assert "--accel=tcg" in seen


class Attached:
    """A lab that is up."""

    def __init__(self, *_: object, **__: object) -> None:
        self.up = False

    def attach(self) -> None:
        self.up = True


def test_a_fault_that_nobody_lifted_is_lifted_in_its_lab(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that was lifted has no order any more."""
    lifted: list[tuple[Path, bool]] = []

    def expire(order: Path, lab: Attached) -> None:
        lifted.append((order, lab.up))

    monkeypatch.setattr("harness.lab.lab.Lab", Attached)
    monkeypatch.setattr("harness.faults.expiry.expire", expire)
    assert quorate("expire", tmp_path / "order").code == 0
    assert lifted == []
    (tmp_path / "order").touch()
    assert quorate("expire", tmp_path / "order").code == 0
    assert lifted == [(tmp_path / "order", True)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one judged test."""
    folder = tmp_path / "test_cut[web]"
    write_verdict(folder, judge_file(store_record(folder)))
    return tmp_path


def test_a_stored_run_is_judged_again_without_a_lab(quorate: type[Command], run: Path) -> None:
    """And shows what the run stored."""
    done = quorate("judge", run)
    assert done.code == 0
    assert done.out.splitlines()[:2] == ["test_cut[web]", "  verdict: invalid"]
    assert "\n  web reads: 1 outage, 1.1 s (± 0.1 s), 0.1 s before the fault; " in done.out
    assert "DIFFERS" not in done.out


@pytest.mark.parametrize(
    ("content", "difference"),
    [
        (None, "no verdict was stored"),
        ("{}", "the stored verdict is damaged: verdict: Field required"),
        ('{"verdict": "pa', "the stored verdict is damaged: Invalid JSON: EOF while parsing"),
    ],
    ids=["gone", "empty", "cut short"],
)
def test_a_verdict_that_is_missing_or_damaged_is_a_difference(
    quorate: type[Command], run: Path, content: str | None, difference: str
) -> None:
    """In one line, after the judgement of now."""
    file = run / "test_cut[web]" / "verdict.json"
    file.unlink() if content is None else file.write_text(content)
    done = quorate("judge", run)
    assert done.code == 1
    assert done.out.splitlines()[:2] == ["test_cut[web]", "  verdict: invalid"]
    assert done.out.splitlines()[-1].startswith(f"  DIFFERS FROM THE RUN: {difference}")
    assert done.err == ""


def test_every_test_is_judged_whatever_the_one_before_it_differs_in(
    quorate: type[Command], run: Path
) -> None:
    """With a line for each difference, and 1 in the end."""
    store_record(run / "test_a")
    file = run / "test_cut[web]" / "verdict.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"verdict": "fail"}))
    store_record(run / "test_z").unlink()
    write_verdict(run / "test_z", judge_file(run / "test_z" / "timeline.jsonl"))
    done = quorate("judge", run)
    assert done.code == 1
    assert [line for line in done.out.splitlines() if not line.startswith("  ")] == [
        *("test_a", "test_cut[web]", "test_z")
    ]
    assert [line for line in done.out.splitlines() if "DIFFERS" in line] == [
        "  DIFFERS FROM THE RUN: no verdict was stored",
        "  DIFFERS FROM THE RUN: verdict: was fail, is invalid",
    ]


def test_the_latest_run_is_judged_unless_another_is_named(
    quorate: type[Command], tmp_path: Path
) -> None:
    """A folder without a test is none."""
    assert Path("reports") / "latest" == options.LATEST
    done = quorate("judge", tmp_path)
    assert done.code == Exit.USAGE
    assert done.err == f"quorate: {tmp_path}: no test in it; name the folder of a run in reports/\n"


@pytest.mark.parametrize(
    ("shell", "why"),
    [
        ("> /dev/full", "No space left on device"),
        (">&-", "it is closed"),
        ("| true", "Broken pipe"),
    ],
)
def test_a_judgement_that_cannot_be_printed_is_one_line(run: Path, shell: str, why: str) -> None:
    """Never a traceback, and never a success."""
    program = f"{sys.executable} -c 'from harness.cli.main import main; main()' judge"
    script = f"set -o pipefail; {{ sleep 0.2; {program} '{run}'; }} {shell}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.LAB
    assert done.stderr == f"quorate: cannot write to standard output: {why}\n"


def test_an_interrupt_ends_with_130_and_no_traceback(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shell reads it."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_commands, "examine", interrupt)
    monkeypatch.setattr("os._exit", sys.exit)
    done = quorate("doctor")
    assert done.code == Exit.INTERRUPTED
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "name", ["", "..", "../../t", "a/b", "a" * 41, "images", "Lab", "-a", "a b", "ä"]
)
@pytest.mark.parametrize("command", ["down", "status", "doctor"])
def test_a_labs_name_never_leads_out_of_its_folder(
    quorate: type[Command], stopped: list[str], tmp_path: Path, name: str, command: str
) -> None:
    done = quorate(command, "--lab-dir", tmp_path / "labs", "--lab", name)
    assert done.code == Exit.USAGE
    assert done.err.startswith(f"quorate: --lab {name!r}: write small letters")
    assert not stopped
    assert not list(tmp_path.iterdir())


def test_a_lab_folder_that_is_a_file_is_refused(quorate: type[Command], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = quorate("doctor", "--lab-dir", tmp_path / "file")
    assert done.code == Exit.USAGE
    assert (
        done.err
        == f"quorate: --lab-dir {tmp_path / 'file'}: is no folder; name one, or a new one\n"
    )


def test_the_version_is_printed(quorate: type[Command]) -> None:
    done = quorate("--version")
    assert done.code == 0
    assert re.fullmatch(r"quorate \d+\.\d+\.\d+\n", done.out)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_has_a_short_name(quorate: type[Command], option: str) -> None:
    done = quorate("status", option)
    assert done.code == 0
    assert "--json" in done.out


def test_a_stored_run_is_judged_for_a_script_too(quorate: type[Command], run: Path) -> None:
    done = quorate("judge", run, "--json")
    assert done.code == 0
    [(name, judged)] = json.loads(done.out).items()
    assert name == "test_cut[web]"
    assert judged["judged"]["verdict"] == "invalid"
    assert judged["differences"] == []
    (run / "test_cut[web]" / "verdict.json").unlink()
    done = quorate("judge", run, "--json")
    assert done.code == Exit.FAILED
    assert json.loads(done.out)["test_cut[web]"]["differences"] == ["no verdict was stored"]


def test_findings_are_there_for_a_script_too(quorate: type[Command], tmp_path: Path) -> None:
    done = quorate("doctor", "--lab-dir", tmp_path, "--json")
    found = {one["what"]: one["verdict"] for one in json.loads(done.out)}
    assert found["lab"] == "ok"
    assert done.code == (Exit.FAILED if "lacking" in found.values() else Exit.OK)


def test_labs_moments_and_runs_are_listed(
    quorate: type[Command], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frozen = State(tmp_path / "labs", "blue").frozen / "run" / "test"
    frozen.mkdir(parents=True)
    (frozen / "manifest.json").touch()
    (tmp_path / "labs" / "blue" / "lock").touch()
    (tmp_path / "reports" / "first").mkdir(parents=True)
    (tmp_path / "reports" / "first" / "run.json").touch()
    assert quorate("list", "--lab-dir", "labs").out.splitlines() == [
        "lab blue: down",
        "  frozen: run/test",
        "run reports/first",
    ]
    assert json.loads(quorate("list", "--lab-dir", "labs", "--json").out) == {
        "labs": {"blue": "down"},
        "frozen": {"blue": ["run/test"]},
        "runs": ["reports/first"],
    }
