"""How a node's processors are served: from numbers as the kernel gives them, and from files."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from harness.observe import qemu_time as module
from harness.observe.qemu_time import QemuTime, VcpuWait, qemus_below
from harness.waiting import wait_until
from suites.selftest.processes import running

MS = 1_000_000


def fed(*samples: tuple[float, int, int, bool]) -> list[tuple[float, float]]:
    """Waited and stalled seconds after each sample of time, run and wait in ms, ready."""
    wait, results = VcpuWait(), []
    for at_s, ran_ms, waited_ms, ready in samples:
        wait.add(at_s, ran_ns=ran_ms * MS, waited_ns=waited_ms * MS, ready=ready)
        results.append((round(wait.waited_s, 3), round(wait.stalled_s, 3)))
    return results


def test_the_first_sample_has_all_that_was_waited_before_and_no_stall() -> None:
    assert fed((100.0, 5000, 7000, True)) == [(7.0, 0.0)]


def test_a_processor_that_waits_for_nearly_all_the_time_is_stalled_for_as_long_as_it_does() -> None:
    """0.19 of 0.2 s, 0.185, then 0.17, then again 0.2."""
    assert fed(
        (0.0, 0, 0, True),
        (0.2, 10, 190, True),
        (0.4, 25, 375, True),
        (0.6, 55, 545, True),
        (0.8, 55, 745, True),
    ) == [(0, 0), (0.19, 0.19), (0.375, 0.375), (0.545, 0), (0.745, 0.2)]


def test_a_wait_counts_while_it_goes_on_though_the_kernel_does_not_count_it_yet() -> None:
    """As seen on Linux 6.18 of a thread that a real-time process kept from its processor."""
    samples = (
        (0.0, 100, 0, True),
        (0.2, 150, 10, True),
        (0.4, 150, 10, True),
        (0.6, 150, 10, True),
        (0.8, 153, 700, True),
        (1.0, 350, 702, True),
    )
    assert fed(*samples) == [(0, 0), (0.01, 0), (0.21, 0.2), (0.41, 0.4), (0.7, 0.69), (0.702, 0)]


def test_a_processor_that_sleeps_does_not_wait() -> None:
    asleep = [(n / 5, 100, 5, False) for n in range(5)]
    assert fed(*asleep)[-1] == (0.005, 0)


def test_a_processor_that_wakes_as_it_is_sampled_has_not_waited_before() -> None:
    assert fed((0.0, 100, 0, False), (0.2, 100, 0, True))[-1] == (0, 0)
    assert fed((0.0, 100, 0, True), (0.2, 100, 0, False))[-1] == (0, 0)


def test_a_processor_that_ran_is_not_stalled() -> None:
    assert fed((0.0, 100, 0, True), (0.2, 300, 0, True))[-1] == (0, 0)


def test_a_long_time_between_samples_is_one_stretch() -> None:
    """The sampler itself was not let run."""
    assert fed((0.0, 0, 0, True), (3.0, 0, 0, True), (3.2, 10, 3190, True)) == [
        (0, 0),
        (3.0, 3.0),
        (3.19, 3.19),
    ]


def test_two_samples_at_once_stall_nothing() -> None:
    assert fed((1.0, 0, 0, True), (1.0, 0, 0, True))[-1] == (0, 0)


class FakeProcess:
    """A process's folder in a /proc of its own, with two vCPU threads and one other."""

    def __init__(self, proc: Path, pid: int, node: str) -> None:
        self.folder = proc / str(pid)
        for thread, comm in enumerate(("qemu-system-x86", "CPU 0/TCG", "CPU 1/TCG"), start=pid):
            (self.folder / f"task/{thread}").mkdir(parents=True)
            (self.folder / f"task/{thread}/comm").write_text(f"{comm}\n")
            self.vcpu(thread - pid, waited_ms=0)
        self.used(user=0, system=0)
        words = ("qemu-system-x86_64", "-name", f"guest={node},debug-threads=on", "-S")
        (self.folder / "cmdline").write_text("\0".join(words))

    def used(self, *, user: int, system: int) -> None:
        """In ticks."""
        overwrite(self.folder / "stat", stat("S", user, system))

    def vcpu(self, number: int, *, waited_ms: int, ran_ms: int = 0, state: str = "S") -> None:
        task = self.folder / f"task/{int(self.folder.name) + number}"
        overwrite(task / "schedstat", f"{ran_ms * MS} {waited_ms * MS} 33")
        overwrite(task / "stat", stat(state, 0, 0))


def overwrite(file: Path, text: str) -> None:
    """In one step and never empty, as the kernel does: the file may be read at any time."""
    file.touch()
    with file.open("r+b", buffering=0) as stream:
        stream.write(text.ljust(200).encode())


def stat(state: str, user: int, system: int) -> str:
    """As in proc(5); a name may have spaces and parentheses."""
    return f"77 (CPU 0) (x) {state} 1 77 77 0 -1 4194304 9 8 7 6 {user} {system} 0 0 20 0 4 0 81137"


@pytest.fixture
def process(tmp_path: Path) -> FakeProcess:
    return FakeProcess(tmp_path, 4000, "alpha")


def test_processor_time_is_that_of_the_whole_process(process: FakeProcess) -> None:
    qemu = QemuTime("alpha", process.folder)
    process.used(user=2 * os.sysconf("SC_CLK_TCK"), system=os.sysconf("SC_CLK_TCK") // 2)
    assert qemu.sample(0.0)
    assert (qemu.node, qemu.pid, qemu.used_s) == ("alpha", 4000, 2.5)
    qemu.close()


def test_waits_are_averaged_and_the_longest_stall_of_any_processor_stays(
    process: FakeProcess,
) -> None:
    """The first thread is no processor, whatever it waited for."""
    qemu = QemuTime("alpha", process.folder)
    assert qemu.ready
    qemu.sample(0.0)
    process.vcpu(0, waited_ms=900)
    process.vcpu(1, waited_ms=100)
    process.vcpu(2, waited_ms=200)
    qemu.sample(0.2)
    assert qemu.waited_s == pytest.approx(0.15)
    qemu.sample(0.4)
    assert qemu.take_longest_stall_s() == pytest.approx(0.2)
    assert qemu.take_longest_stall_s() == 0
    process.vcpu(1, waited_ms=100, state="R")
    qemu.sample(0.6)
    for at_s, longest_s in ((0.8, 0.2), (1.0, 0.4), (1.2, 0.6)):
        qemu.sample(at_s)
        assert qemu.take_longest_stall_s() == pytest.approx(longest_s)
    assert qemu.waited_s == pytest.approx(0.45)
    qemu.close()


def test_a_process_without_processors_is_not_ready(process: FakeProcess) -> None:
    for comm in process.folder.glob("task/*/comm"):
        comm.write_text("qemu-system-x86\n")
    qemu = QemuTime("alpha", process.folder)
    assert not qemu.ready
    qemu.close()


def test_a_process_that_ended_is_no_more_though_its_files_are_open() -> None:
    """A real one: an open file of it cannot be read any more."""
    with running("sleep", "60") as sleep:
        qemu = QemuTime("alpha", Path(f"/proc/{sleep.pid}"))
        assert qemu.sample(0.0)
    assert not qemu.sample(0.2)
    qemu.close()


ONE_THREAD = """
import threading
thread = threading.Thread(target=input)
thread.start()
print(thread.native_id, flush=True)
threading.Event().wait()
"""


def test_a_process_whose_processors_have_ended_still_takes_time(tmp_path: Path) -> None:
    """A real one, with a thread that stands for a processor."""
    with running(sys.executable, "-c", ONE_THREAD) as process:
        assert process.stdin
        assert process.stdout
        thread = int(process.stdout.readline())
        qemu = QemuTime("alpha", linked(tmp_path, process.pid, thread))
        assert qemu.sample(0.0)
        assert qemu.serving
        process.stdin.write(b"\n")
        process.stdin.flush()
        # The kernel removes a thread's files a moment after another thread could join it.
        task = Path(f"/proc/{process.pid}/task/{thread}")
        wait_until("it is gone", lambda: not task.exists(), every=timedelta(milliseconds=5))
        assert qemu.sample(0.2)
        assert not qemu.serving
    assert not qemu.sample(0.4)
    qemu.close()


def linked(proc: Path, pid: int, thread: int) -> Path:
    """The process's folder, but its thread has the name of a processor."""
    folder = proc / str(pid)
    (folder / f"task/{thread}").mkdir(parents=True)
    (folder / "stat").symlink_to(f"/proc/{pid}/stat")
    (folder / f"task/{thread}/comm").write_text("CPU 0/TCG\n")
    for name in ("stat", "schedstat"):
        (folder / f"task/{thread}" / name).symlink_to(f"/proc/{pid}/task/{thread}/{name}")
    return folder


def test_the_machines_of_a_lab_are_found_among_the_children_of_its_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One child has just ended."""
    monkeypatch.setattr(module, "PROC", tmp_path)
    FakeProcess(tmp_path, 4000, "alpha")
    FakeProcess(tmp_path, 5000, "arbiter")
    FakeProcess(tmp_path, 6000, "stranger")
    (tmp_path / "70").mkdir()
    (tmp_path / "70/cmdline").write_text("libvirtd\0--timeout\x000")
    (tmp_path / "7/task/7").mkdir(parents=True)
    (tmp_path / "7/task/7/children").write_text("70 4000 99 5000 ")
    assert list(qemus_below(7)) == [("alpha", tmp_path / "4000"), ("arbiter", tmp_path / "5000")]


def test_a_real_init_has_its_children_in_that_file() -> None:
    with running("sleep", "60") as sleep:
        me = psutil.Process().pid
        children = (module.PROC / f"{me}/task/{me}/children").read_text().split()
        assert str(sleep.pid) in children
