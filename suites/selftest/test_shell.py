"""Every command on a node ends before its deadline, and a broken connection is made anew."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fabric import Config, Connection
from fabric.runners import Remote
from invoke.exceptions import CommandTimedOut
from invoke.runners import Result as InvokeResult
from paramiko.ssh_exception import SSHException

from harness.plan.load import load
from harness.target import shell as seam
from harness.target.shell import ShellError, SshShell, Unreachable

PLAN = load()
ALPHA, BRAVO, _ = PLAN.nodes.values()


OK = SimpleNamespace(exited=0, stdout="", stderr="")
Answers = Callable[..., SimpleNamespace]


class FakeConnection:
    """fabric's connection: answers as it is told, and can be dropped."""

    made: list["FakeConnection"]
    answers: Answers
    refuses: bool

    def __init__(self, host: str, **options: Any) -> None:
        self.host, self.options = host, options
        self.is_connected = False
        self.transport = SimpleNamespace(close=self.close, set_keepalive=lambda _: None)
        self.written: dict[str, bytes] = {}
        self.made.append(self)

    def open(self) -> None:
        if self.refuses:
            raise TimeoutError("timed out")
        self.is_connected = True

    def close(self) -> None:
        self.is_connected = False

    def run(self, command: str, **options: object) -> SimpleNamespace:
        return self.answers(command, **options)

    def put(self, file: io.BytesIO, path: str) -> None:
        self.written[path] = file.read()


def said(out: str = "", err: str = "", code: int = 0) -> Answers:
    """A node that answers so to every command."""
    answer = SimpleNamespace(exited=code, stdout=out, stderr=err)
    return staticmethod(lambda *_, **__: answer)


def broken(error: BaseException) -> Answers:
    """A node that goes wrong at every command."""

    def fail(*_: object, **__: object) -> SimpleNamespace:
        raise error

    return staticmethod(fail)


@pytest.fixture
def fabric(monkeypatch: pytest.MonkeyPatch) -> type[FakeConnection]:
    """All connections of a test."""

    class Connections(FakeConnection):
        answers = said()
        refuses = False

    Connections.made = []
    monkeypatch.setattr(seam, "Connection", Connections)
    return Connections


@pytest.fixture
def shell() -> SshShell:
    return SshShell(Path("key"))


@pytest.mark.parametrize("error", [EOFError(), OSError("reset"), SSHException("closed")])
def test_a_deadline_that_passes_on_a_lost_connection_is_quiet(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(Remote, "kill", broken(error))
    runner = Connection("node", config=Config(overrides=seam.RUNNERS)).config.runners.remote
    runner(None).kill()


def test_what_a_command_said_is_returned_whatever_its_code(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = said("out\n", "err\n", 3)
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


def test_one_connection_serves_all_commands_of_a_node(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    for node in (ALPHA, ALPHA, BRAVO):
        shell.run(node, "true")
    assert [made.host for made in fabric.made] == ["10.77.0.11", "10.77.0.12"]


def test_no_part_of_a_connection_waits_for_ever(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    shell.run(ALPHA, "true")
    [made] = fabric.made
    assert made.options["connect_timeout"] == 15
    limits = ("banner_timeout", "auth_timeout", "channel_timeout")
    assert [made.options["connect_kwargs"][name] for name in limits] == [15.0] * 3
    assert made.transport.channel_timeout == 15.0


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CommandTimedOut(InvokeResult(), 60), "alpha: no end of `sleep 99` in 120 s"),
        (OSError("Network is unreachable"), "alpha: does not answer (Network is unreachable)"),
        pytest.param(TimeoutError(), "alpha: does not answer (TimeoutError)"),
        pytest.param(EOFError(), "alpha: does not answer (EOFError)"),
        (SSHException("not active"), "alpha: does not answer (not active)"),
    ],
    ids=["deadline", "network", "timeout", "end of file", "ssh"],
)
def test_a_node_that_stops_answering_is_unreachable_and_its_connection_dropped(
    shell: SshShell, fabric: type[FakeConnection], error: BaseException, text: str
) -> None:
    shell.run(ALPHA, "true")
    fabric.answers = broken(error)
    with pytest.raises(Unreachable) as unreachable:
        shell.run(ALPHA, "sleep 99")
    assert str(unreachable.value) == text
    assert not fabric.made[0].is_connected
    fabric.answers = said("back")
    assert shell.run(ALPHA, "true").stdout == "back"
    assert len(fabric.made) == 2


def test_a_connection_that_breaks_in_the_middle_is_no_answer(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = said("half of it", code=-1)
    with pytest.raises(Unreachable, match="alpha"):
        shell.run(ALPHA, "cat /proc/drbd")
    assert not fabric.made[0].is_connected


def test_a_node_that_cannot_be_connected_to_is_unreachable(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.refuses = True
    with pytest.raises(Unreachable, match=r"alpha: does not answer \(timed out\)"):
        shell.run(ALPHA, "true")


def test_a_connection_that_broke_meanwhile_is_made_anew(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    shell.run(ALPHA, "true")
    fabric.made[0].close()
    shell.run(ALPHA, "true")
    assert len(fabric.made) == 2


def test_a_forgotten_node_is_connected_to_anew(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    shell.forget(ALPHA)
    shell.run(ALPHA, "true")
    shell.forget(ALPHA)
    assert not fabric.made[0].is_connected


def test_a_command_that_must_succeed_gives_its_output(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = said("out\n")
    assert shell.check(ALPHA, "true") == "out\n"


LONG = "for x in 1 2 3; do\n  echo $x; done; while true; do echo and so on; done"


@pytest.mark.parametrize(
    ("command", "answer", "text"),
    [
        ("no", said("out", "one\ntwo\n", 1), "alpha: `no` ended with 1: two"),
        ("no", said("out\n", "", 1), "alpha: `no` ended with 1: out"),
        ("no", said(code=127), "alpha: `no` ended with 127: no output"),
        (
            LONG,
            said(code=1),
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


class FakeChannel:
    """A channel whose command answers each line with the next of its answers."""

    def __init__(self, answers: list[str], *, refuses: Exception | None = None) -> None:
        self.answers, self.refuses = answers, refuses
        self.command, self.asked, self.closed = "", 0, False
        self.limit_s: float | None = None

    def settimeout(self, limit_s: float) -> None:
        self.limit_s = limit_s

    def exec_command(self, command: str) -> None:
        if self.refuses:
            raise self.refuses
        self.command = command

    def sendall(self, _: bytes) -> None:
        self.asked += 1

    def makefile(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(readline=lambda: self.answers.pop(0))

    def __enter__(self) -> "FakeChannel":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


def over(channel: FakeChannel, shell: SshShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell reaches its nodes over that channel."""
    transport = SimpleNamespace(open_session=lambda: channel, close=lambda: None)
    connection = SimpleNamespace(transport=transport)
    monkeypatch.setattr(shell, "_connected", lambda _: connection)


def test_a_dialog_asks_one_command_again_and_again(
    shell: SshShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel(["1\n", "2\n"])
    over(channel, shell, monkeypatch)
    with shell.dialog(ALPHA, "answer", deadline=timedelta(seconds=3)) as ask:
        assert [ask(), ask()] == ["1", "2"]
    assert (channel.command, channel.asked, channel.limit_s) == ("answer", 2, 3.0)
    assert channel.closed


@pytest.mark.parametrize("answers", [[""], ["cut sho"]], ids=["ended", "ended in the middle"])
def test_a_dialog_that_ends_leaves_the_node_unreachable(
    shell: SshShell, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    over(FakeChannel(answers), shell, monkeypatch)
    with (
        pytest.raises(Unreachable, match=r"^alpha: `answer` does not answer \(it has ended\)$"),
        shell.dialog(ALPHA, "answer") as ask,
    ):
        ask()


def test_a_dialog_that_cannot_begin_leaves_the_node_unreachable(
    shell: SshShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    over(FakeChannel([], refuses=SSHException()), shell, monkeypatch)
    with (
        pytest.raises(Unreachable, match=r"^alpha: `answer` does not answer \(SSHException\)$"),
        shell.dialog(ALPHA, "answer"),
    ):
        pass


def test_all_who_ask_at_once_share_one_connection(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: shell.run(ALPHA, "true"), range(4)))
    assert len(fabric.made) == 1
