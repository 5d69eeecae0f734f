"""The node agent on this machine: Python alone and /proc are all it needs."""

import re
import socket
import subprocess
import time
from itertools import islice
from pathlib import Path

from suites.selftest.node_agent.agent import Agent, at_s, processes, qemu, runs

LINE = r"boot={} at=\d+\.\d{{6}} runs=\S* open=\S* primary=\S* served=\S*\n"


def test_every_line_has_boot_and_time_first(agent: Agent) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    looks = (line for line in agent() if " runs=" in line)
    assert all(re.fullmatch(LINE.format(boot), next(looks)) for _ in range(2))


def test_it_prints_once_a_second_though_nothing_changes(agent: Agent) -> None:
    looks = (line for line in agent(alive="1.0") if " runs=" in line)
    first, second = (at_s(next(looks)) for _ in range(2))
    assert 0.5 < second - first < 5


def test_what_it_prints_is_sent_away_too(agent: Agent, hypervisor: socket.socket) -> None:
    lines = agent()
    printed = [next(lines) for _ in range(4)]
    assert [hypervisor.recv(4096).decode() + "\n" for _ in range(4)] == printed


def test_nobody_need_listen(agent: Agent, hypervisor: socket.socket) -> None:
    """A refused datagram does not keep it from its own log."""
    lines = agent()
    hypervisor.close()
    assert len(list(islice(lines, 5))) == 5


def test_a_guest_is_seen_when_its_process_is_born_and_not_when_it_is_gone(
    agent: Agent, program: Path
) -> None:
    lines = agent()
    assert "seen" not in runs(lines)
    with qemu(program, "seen"):
        assert any("seen" in runs(lines) for _ in range(4))
    assert any("seen" not in runs(lines) for _ in range(4))


def test_a_guest_that_ran_before_the_agent_is_seen_at_its_first_look(
    agent: Agent, program: Path
) -> None:
    with qemu(program, "old") as process:
        time.sleep(0.1)  # it becomes QEMU after its birth
        assert "old" in runs(agent())
        process.communicate()


def test_a_process_is_printed_with_its_number_and_its_birth_the_same_at_each_look(
    agent: Agent, program: Path
) -> None:
    lines = agent()
    runs(lines)
    before_s = time.time()
    with qemu(program, "born") as process:
        after_s = time.time()
        looks = (processes(line) for line in lines if " runs=" in line)
        mine = [p for p in next(look for look in looks if look) if p.startswith("born/")]
        [(number, birth)] = [p.removeprefix("born/").split("@") for p in mine]
        assert int(number) == process.pid
        assert before_s - 0.02 <= float(birth) <= after_s + 0.02
        assert [p for p in next(looks) if p.startswith("born/")] == mine
        process.communicate()


def test_a_guest_that_is_there_twice_is_printed_twice(agent: Agent, program: Path) -> None:
    lines = agent()
    runs(lines)
    with qemu(program, "two") as one, qemu(program, "two") as other:
        assert any(runs(lines).count("two") == 2 for _ in range(4))
        other.communicate()
        assert any(runs(lines).count("two") == 1 for _ in range(4))
        one.communicate()


def test_the_end_of_a_process_is_seen_at_once(agent: Agent, program: Path) -> None:
    """Not at the next look of the period, half of which would be 0.125 s later on the average."""
    late_s = []
    lines = agent()
    for _ in range(5):
        with qemu(program, "short") as process:
            assert any("short" in runs(lines) for _ in range(4))
            process.kill()
            process.wait()
            ended_s = time.time()
        looks = (line for line in lines if " runs=" in line)
        late_s.append(at_s(next(x for x in looks if "short/" not in x)) - ended_s)
    assert sorted(late_s)[3] < 0.05


def test_a_zombie_runs_no_guest(agent: Agent, program: Path) -> None:
    lines = agent()
    runs(lines)
    command = [str(program), "-c", "exit", "-name", "guest=dead,debug-threads=on"]
    with subprocess.Popen(command) as process:
        time.sleep(0.5)
        runs(lines)
        assert not any("dead" in runs(lines) for _ in range(2))
        process.wait()
