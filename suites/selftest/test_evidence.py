"""What is saved of a failed test: what each node says, and all consoles."""

from pathlib import Path

import pytest

from harness.cluster.cluster import Cluster
from harness.observe.evidence import COMMANDS, collect
from harness.timeline import Timeline
from suites.selftest.fakes import FakeLab


@pytest.fixture
def cluster(lab: FakeLab) -> Cluster:
    lab.shell.answer("", "said", stderr=" and complained")
    return Cluster(lab, Timeline())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    return folder


def test_every_node_says_all(cluster: Cluster, folder: Path) -> None:
    collect(cluster, folder)
    said = {file.name: file.read_text() for file in folder.iterdir()}
    names = {f"{node}-{name}.txt" for node in cluster.nodes for name in COMMANDS}
    assert said == dict.fromkeys(names, "said and complained")


def test_a_node_that_is_off_is_marked_and_not_asked(
    cluster: Cluster, lab: FakeLab, folder: Path
) -> None:
    lab.hypervisor.power_off("bravo")
    collect(cluster, folder)
    assert [file.name for file in folder.glob("bravo*")] == ["bravo-is-off"]
    assert "bravo" not in dict(lab.shell.asked)


def test_a_node_that_does_not_answer_does_not_keep_the_others(
    cluster: Cluster, lab: FakeLab, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lab.shell.silent.add("alpha")
    collect(cluster, folder)
    assert not list(folder.glob("alpha*"))
    assert len(list(folder.glob("bravo*"))) == len(COMMANDS)
    assert "evidence: alpha: does not answer" in caplog.text


def test_what_a_console_said_is_kept_byte_by_byte(
    cluster: Cluster, lab: FakeLab, folder: Path
) -> None:
    (lab.state.consoles / "alpha.log").write_bytes(b"boot \xff\n")
    collect(cluster, folder)
    assert (folder / "console-alpha.log").read_bytes() == b"boot \xff\n"


@pytest.mark.parametrize("secret", ["authkey", "fence_xvm.key", "id_", "shadow"])
def test_no_key_is_read(secret: str) -> None:
    assert not any(secret in command for command in COMMANDS.values())
