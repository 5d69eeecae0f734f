"""Commands of this machine: logged line by line, and one line that names the way out."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from harness.command import run
from harness.errors import LabError

HINT = "look at the cable"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def failure(code: str) -> str:
    with pytest.raises(LabError) as failed:
        run(python(code), hint=HINT)
    return str(failed.value).replace(Path(sys.executable).name, "python")


def test_a_command_gives_its_output() -> None:
    assert run(python("print(input())"), stdin="words", hint=HINT) == "words\n"


def test_a_command_runs_with_its_own_folder_and_environment(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ['COLOUR'])"
    said = run(python(code), cwd=tmp_path, env={"COLOUR": "blue"}, hint=HINT)
    assert said == f"{tmp_path} blue\n"


def test_a_command_may_be_made_of_paths(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("print('done')")
    assert run([Path(sys.executable), program], hint=HINT) == "done\n"


def test_a_command_does_not_read_what_a_person_types() -> None:
    reads = "import sys; print(repr(sys.stdin.read()))"
    program = f"from harness.command import run; print(run({python(reads)}, hint=''))"
    output = subprocess.check_output(python(program), input="typed", text=True)
    assert output.strip() == "''"


def test_errors_are_part_of_the_output_where_they_were_printed() -> None:
    code = "import os; os.write(1, b'one\\n'); os.write(2, b'two\\n'); os.write(1, b'three\\n')"
    assert run(python(code), hint=HINT) == "one\ntwo\nthree\n"


def test_every_line_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="quorate"):
        run(python("print('one'); print('two')"), hint=HINT)
    name = Path(sys.executable).name
    assert caplog.messages[0] == f"$ {sys.executable} -c print('one'); print('two')"
    assert caplog.messages[1:] == [f"{name}: one", f"{name}: two"]


def test_what_a_failed_command_printed_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="quorate"):
        failure("import sys; print('first'); sys.exit('no space')")
    assert [line.rpartition(": ")[2] for line in caplog.messages[1:]] == ["first", "no space"]


def test_a_failure_names_the_last_line_and_the_way_out() -> None:
    code = "import sys; print('first'); sys.exit('no space')"
    assert failure(code) == "python failed (no space); look at the cable"


def test_a_failure_without_words_says_so() -> None:
    assert failure("raise SystemExit(1)") == "python failed (no output); look at the cable"


def test_output_that_is_not_text_is_no_failure() -> None:
    said = run(python(r"import sys; sys.stdout.buffer.write(b'\xff\n')"), hint=HINT)
    assert said == "\N{REPLACEMENT CHARACTER}\n"


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(LabError) as failed:
        run(["no-such-command"], hint=HINT)
    assert str(failed.value) == (
        "no-such-command is not installed; type `make up` to install what is missing"
    )


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(LabError) as failed:
        run(["sleep", "60"], deadline_s=0.05, hint=HINT)
    assert str(failed.value) == "sleep gave no result in 0 s; look at the cable"


def test_a_command_in_time_is_left_alone() -> None:
    assert run(python("print('done')"), deadline_s=60, hint=HINT) == "done\n"


def test_roots_own_commands_are_found_where_a_users_path_does_not_look() -> None:
    program = "import harness, os; print(os.environ['PATH'])"
    said = subprocess.check_output([sys.executable, "-c", program], env={"PATH": "/bin"}, text=True)
    assert said == "/bin:/usr/sbin:/sbin\n"
