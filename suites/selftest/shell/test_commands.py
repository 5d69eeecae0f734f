"""Every command on a node ends before its deadline, and what it says is returned."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from harness.target.shell import ShellError, SshShell, Unreachable
from suites.selftest.shell.connection import (
    ALPHA,
    BRAVO,
    OK,
    Answers,
    FakeConnection,
    answering,
    broken,
)


def test_what_a_command_said_is_returned_whatever_its_code(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = answering("out\n", "err\n", 3)
    done = shell.run(ALPHA, "false")
    assert (done.node, done.command, done.code) == ("alpha", "false", 3)
    assert (done.stdout, done.stderr, done.ok) == ("out\n", "err\n", False)


def test_a_command_carries_its_deadline(shell: SshShell, fabric: type[FakeConnection]) -> None:
    given: dict[str, object] = {}

    def answer(_: str, **options: object) -> SimpleNamespace:
        given.update(options)
        return OK

    fabric.answers = staticmethod(answer)
    shell.run(ALPHA, "true", deadline=timedelta(seconds=7))
    assert given["timeout"] == 7.0


def test_a_command_that_must_succeed_gives_its_output(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = answering("out\n")
    assert shell.check(ALPHA, "true") == "out\n"


LONG = "for x in 1 2 3; do\n  echo $x; done; while true; do echo and so on; done"


@pytest.mark.parametrize(
    ("command", "answer", "text"),
    [
        ("no", answering("out", "one\ntwo\n", 1), "alpha: `no` ended with 1: two"),
        ("no", answering("out\n", "", 1), "alpha: `no` ended with 1: out"),
        ("no", answering(code=127), "alpha: `no` ended with 127: no output"),
        (
            LONG,
            answering(code=1),
            f"alpha: `{' '.join(LONG.split())[:57]}...` ended with 1: no output",
        ),
    ],
    ids=["error", "output", "silence", "long command"],
)
def test_a_command_that_must_succeed_and_does_not_is_told_in_one_line(
    shell: SshShell, fabric: type[FakeConnection], command: str, answer: Answers, text: str
) -> None:
    fabric.answers = answer
    with pytest.raises(ShellError) as failed:
        shell.check(ALPHA, command)
    assert str(failed.value) == text


def test_a_file_has_its_mode_before_its_content(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    commands: list[str] = []

    def answer(command: str, **_: object) -> SimpleNamespace:
        commands.append(command)
        return OK

    fabric.answers = staticmethod(answer)
    shell.put(ALPHA, "/etc/key", "secret", mode=0o600)
    assert commands == ["mkdir -p $(dirname /etc/key) && install -m 600 /dev/null /etc/key"]
    assert fabric.made[0].written == {"/etc/key": b"secret"}


def test_a_file_that_cannot_be_written_is_told(
    shell: SshShell, fabric: type[FakeConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fabric, "put", broken(EOFError("gone")))
    with pytest.raises(Unreachable, match=r"alpha: cannot write /etc/key \(gone\)"):
        shell.put(ALPHA, "/etc/key", b"secret")
    assert not fabric.made[0].is_connected


def test_several_nodes_are_asked_side_by_side(shell: SshShell) -> None:
    assert shell.each([ALPHA, BRAVO], lambda node: node.name * 2) == {
        "alpha": "alphaalpha",
        "bravo": "bravobravo",
    }


def test_the_first_error_of_several_nodes_is_raised(shell: SshShell) -> None:
    with pytest.raises(ZeroDivisionError):
        shell.each([ALPHA, BRAVO], lambda _: 1 // 0)
