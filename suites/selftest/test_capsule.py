"""Whether a lab is up is asked of the process itself; a down lab says how to bring it up."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.errors import LabError
from harness.lab.capsule import Capsule, require_root
from harness.lab.state import State
from harness.waiting import wait_until
from suites.selftest.processes import running

OWN_NETWORK = Path("/proc/thread-self/ns/net")


@pytest.fixture
def init() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that may pass for a lab's PID 1."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", "--keep"]
    with running(*command) as process:
        yield process


def record(state: State, pid: int, *, started: float | None = None) -> Capsule:
    began = psutil.Process(pid).create_time() if started is None else started
    (state.folder / "capsule.json").write_text(json.dumps({"pid": pid, "started": began}))
    return Capsule(state)


def test_a_lab_whose_process_is_there_is_up(state: State, init: "subprocess.Popen[bytes]") -> None:
    capsule = record(state, init.pid)
    assert (capsule.running, capsule.persistent) == (True, True)
    assert capsule.libvirt_uri.endswith(f"/proc/{init.pid}/root/run/libvirt/libvirt-sock")


def test_another_process_of_the_same_number_is_no_lab(state: State) -> None:
    assert not record(state, os.getpid(), started=1.0).running


def test_a_process_that_has_ended_is_no_lab(state: State, init: "subprocess.Popen[bytes]") -> None:
    capsule = record(state, init.pid)
    init.kill()
    os.waitid(os.P_PID, init.pid, os.WEXITED | os.WNOWAIT)  # ended, but still in the table
    assert not capsule.running
    init.wait()
    assert (capsule.running, capsule.persistent) == (False, False)


@pytest.mark.parametrize("text", [None, "", "no json"])
def test_without_a_record_there_is_no_lab(state: State, text: str | None) -> None:
    if text is not None:
        (state.folder / "capsule.json").write_text(text)
    assert not Capsule(state).running


def test_a_lab_that_is_down_says_how_to_bring_it_up(state: State) -> None:
    with pytest.raises(LabError, match="lab 'default' is down; type `quorate up`"):
        _ = Capsule(state).libvirt_uri


def test_ending_a_lab_kills_its_process_and_forgets_it(
    state: State, init: "subprocess.Popen[bytes]"
) -> None:
    capsule = record(state, init.pid)
    capsule.stop()
    capsule.stop()
    assert init.poll() is not None
    assert not (state.folder / "capsule.json").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[psutil.Process]:
    """A process with the name of QEMU, below a process that may pass for a lab's PID 1."""
    qemu = tmp_path / "qemu-system-x86_64"
    qemu.symlink_to("/bin/sleep")
    reaping = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
    start = f"import subprocess; print(subprocess.Popen(['{qemu}', '60']).pid, flush=True)"
    command = [sys.executable, "-c", f"{reaping}; {start}; input()"]
    with running(*command) as process:
        assert process.stdout is not None
        yield psutil.Process(int(process.stdout.readline()))


def test_a_machine_is_found_by_its_name(
    state: State, machine: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = machine.parent()
    assert parent is not None
    words = ["qemu-system-x86_64", "-name", "guest=alpha,debug-threads=on"]
    monkeypatch.setattr(psutil.Process, "cmdline", lambda _: words)
    capsule = record(state, parent.pid)
    assert capsule.machine("alpha") == machine
    assert capsule.machine("alph") is None


def test_a_machine_that_ends_meanwhile_is_not_found(
    state: State, machine: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(process: psutil.Process) -> list[str]:
        raise psutil.NoSuchProcess(process.pid)

    parent = machine.parent()
    assert parent is not None
    monkeypatch.setattr(psutil.Process, "cmdline", gone)
    assert record(state, parent.pid).machine("alpha") is None


def test_killed_machines_are_gone_at_once(state: State, machine: psutil.Process) -> None:
    parent = machine.parent()
    assert parent is not None
    capsule = record(state, parent.pid)
    capsule.kill_machines()
    capsule.kill_machines()
    assert not machine.is_running()
    assert parent.is_running()


def test_libvirtd_waits_while_machines_are_killed_and_always_goes_on(
    state: State, machine: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same process plays libvirtd and a machine."""
    parent = machine.parent()
    assert parent is not None
    done: list[str] = []

    def kill(_: psutil.Process) -> None:
        done.append("kill")
        raise PermissionError

    names = iter(["qemu-system-x86_64", "libvirtd"])
    monkeypatch.setattr(psutil.Process, "name", lambda _: next(names))
    monkeypatch.setattr(psutil.Process, "suspend", lambda _: done.append("suspend"))
    monkeypatch.setattr(psutil.Process, "resume", lambda _: done.append("resume"))
    monkeypatch.setattr(psutil.Process, "kill", kill)
    with pytest.raises(PermissionError):
        record(state, parent.pid).kill_machines()
    assert done == ["suspend", "kill", "resume"]


def test_a_lab_that_does_not_end_is_an_error_not_a_wait_for_ever(
    state: State, init: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a stopped process that entered it is never waited for."""

    def wait(_: psutil.Process, timeout: float) -> None:
        raise psutil.TimeoutExpired(timeout, init.pid)

    monkeypatch.setattr(psutil.Process, "wait", wait)
    with pytest.raises(LabError, match=f"process {init.pid} of the lab does not end: "):
        record(state, init.pid).stop()


def test_a_lab_on_its_way_out_cannot_be_entered(
    state: State, init: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is still listed, its namespaces are gone."""

    def gone(*_: object) -> None:
        raise FileNotFoundError

    capsule = record(state, init.pid)
    monkeypatch.setattr(os, "open", gone)
    monkeypatch.setattr(Capsule, "_pid", init.pid)
    with pytest.raises(LabError, match="lab 'default' is ending; try again"):
        capsule.enter_network()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root enters a namespace")
@pytest.mark.parametrize("end", [Capsule.stop, Capsule.leave], ids=["stop", "leave"])
def test_the_network_is_the_former_one_when_the_lab_is_left(
    state: State, end: Callable[[Capsule], None]
) -> None:
    before = OWN_NETWORK.readlink()
    with running("unshare", "--net", "sleep", "60") as process:
        network = Path(f"/proc/{process.pid}/ns/net")
        wait_until("it has its network", lambda: network.readlink() != before)
        capsule = record(state, process.pid)
        capsule.enter_network()
        assert OWN_NETWORK.readlink() == network.readlink()
        end(capsule)
        end(capsule)
        assert OWN_NETWORK.readlink() == before


def test_a_lab_that_is_left_is_told_so_by_its_lifeline(state: State) -> None:
    command = [sys.executable, "-c", "import sys; sys.stdin.read(); print('let go')"]
    pipe = subprocess.PIPE
    capsule, child = Capsule(state), subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    capsule._outer = child
    capsule.leave()
    capsule.leave()
    assert child.stdin is not None
    assert (child.stdin.closed, child.returncode) == (True, 0)
    os.waitpid(child.pid, 0)


@pytest.mark.parametrize("user", [0, 1000], ids=["root", "anybody"])
def test_only_root_may_make_a_lab(user: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if user:
        with pytest.raises(LabError, match="a lab needs root"):
            require_root()
    else:
        require_root()
