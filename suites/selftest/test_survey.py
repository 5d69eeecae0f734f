"""The question that every node is asked, put to this machine: bash and /proc are all it needs."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cluster.survey import SURVEY, parse_survey
from harness.record.status import NodeStatus


def survey() -> NodeStatus:
    done = subprocess.run(["bash", "-c", SURVEY], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return parse_survey(done.stdout, {})


@pytest.fixture
def qemu(tmp_path: Path) -> Iterator[str]:
    """The name of a guest that seems to run here: a process called like QEMU."""
    program = tmp_path / "qemu-system-x86_64"
    program.symlink_to("/bin/sh")
    command = [str(program), "-c", "echo up; read wait", "-name", "guest=seen,debug-threads=on"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield "seen"


def test_a_node_tells_which_boot_it_is() -> None:
    assert survey().boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_a_guest_is_seen_by_its_process_alone(qemu: str) -> None:
    assert qemu in survey().guests


def test_a_guest_without_a_process_is_not_seen() -> None:
    assert "seen" not in survey().guests


def test_no_other_process_is_started() -> None:
    """Each costs an emulated node 50 ms, every two seconds."""
    programs = {"cat", "sed", "grep", "awk", "pgrep", "tr", "crm_mon", "drbdsetup", "virsh"}
    assert not programs & set(SURVEY.split())
    assert "$(" not in SURVEY
    assert "|" not in SURVEY.replace("|kvm)", "").replace("||", "")
