"""One connection serves a node; a broken one is made anew."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from fabric import Config, Connection
from fabric.runners import Remote
from invoke.exceptions import CommandTimedOut
from invoke.runners import Result as InvokeResult
from paramiko.ssh_exception import SSHException

from harness.target import shell as seam
from harness.target.shell import SshShell, Unreachable
from suites.selftest.shell.connection import ALPHA, BRAVO, FakeConnection, answering, broken


@pytest.mark.parametrize("error", [EOFError(), OSError("reset"), SSHException("closed")])
def test_a_deadline_that_passes_on_a_lost_connection_is_quiet(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(Remote, "kill", broken(error))
    runner = Connection("node", config=Config(overrides=seam.RUNNERS)).config.runners.remote
    runner(None).kill()


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
    fabric.answers = answering("back")
    assert shell.run(ALPHA, "true").stdout == "back"
    assert len(fabric.made) == 2


def test_a_connection_that_breaks_in_the_middle_is_no_answer(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    fabric.answers = answering("half of it", code=-1)
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


def test_all_who_ask_at_once_share_one_connection(
    shell: SshShell, fabric: type[FakeConnection]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: shell.run(ALPHA, "true"), range(4)))
    assert len(fabric.made) == 1


def test_paramiko_writes_no_traceback_of_a_node_that_boots(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("paramiko.transport").error("Error reading SSH protocol banner")
    logging.getLogger("paramiko.transport.sftp").error("no session")
    assert caplog.records == []
