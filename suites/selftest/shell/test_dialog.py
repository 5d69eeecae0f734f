"""A dialog asks one command again and again."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from paramiko.ssh_exception import SSHException

from harness.target.shell import SshShell, Unreachable
from suites.selftest.shell.connection import ALPHA


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
