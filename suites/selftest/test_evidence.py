"""What is saved of a test: what each node says, all consoles, and the lab's own logs."""

import base64
import bz2
import io
import tarfile
from pathlib import Path

import pytest

from harness.observe.evidence import COMMANDS, Evidence
from suites.selftest.fake_lab import FakeLab

pytest_plugins = ["pytester"]

CLUSTER = """
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness.pytest_plugin.stash import RUN
from harness.target.target import Capability

def pytest_configure(config):
    config.stash[RUN] = Path("run").absolute()

@pytest.fixture(scope="session")
def living_cluster():
    console = Path("alpha.log").absolute()
    console.write_text("panic")
    host = SimpleNamespace(consoles=lambda: {"alpha": console}, logs=dict)
    gone, seen = "the lab was ended", {Capability.HOST}
    return SimpleNamespace(host=host, capabilities=seen, redact=bytes, gone=gone)
"""


def archive(files: dict[str, bytes]) -> str:
    """What a node's tar and base64 make of the scheduler's folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"pengine/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return base64.encodebytes(packed.getvalue()).decode()


@pytest.fixture
def evidence(lab: FakeLab) -> Evidence:
    lab.shell.answer("", "said", stderr=" and complained")
    lab.shell.answer("base64", archive({}))
    return Evidence(lab)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    return folder


def test_every_node_says_all(evidence: Evidence, lab: FakeLab, folder: Path) -> None:
    evidence.collect(folder)
    said = {file.name: file.read_text() for file in folder.iterdir()}
    names = {f"{node}-{name}.txt" for node in lab.plan.nodes for name in COMMANDS}
    assert said == dict.fromkeys(names, "said and complained")


def test_a_node_that_is_off_is_marked_and_not_asked(
    evidence: Evidence, lab: FakeLab, folder: Path
) -> None:
    lab.hypervisor.power_off("bravo")
    evidence.collect(folder)
    assert [file.name for file in folder.glob("bravo*")] == ["bravo-is-off"]
    assert "bravo" not in dict(lab.shell.asked)


def test_a_node_that_does_not_answer_does_not_keep_the_others(
    evidence: Evidence, lab: FakeLab, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lab.shell.silent.add("alpha")
    evidence.collect(folder)
    assert not list(folder.glob("alpha*"))
    assert len(list(folder.glob("bravo*"))) == len(COMMANDS)
    assert "evidence: alpha: does not answer" in caplog.text


def test_what_a_console_said_is_kept_byte_by_byte_though_its_node_is_silent(
    evidence: Evidence, lab: FakeLab, folder: Path
) -> None:
    lab.shell.silent.add("alpha")
    (lab.state.consoles / "alpha.log").write_bytes(b"boot \xff\n")
    (lab.state.consoles / "alpha-web.log").write_bytes(b"panic\n")
    (lab.state.consoles / "alpha-shop.log").touch()
    evidence.collect(folder)
    consoles = {file.name: file.read_bytes() for file in folder.glob("console-*")}
    assert consoles == {
        "console-alpha.log": b"boot \xff\n",
        "console-alpha-web.log": b"panic\n",
    }


def test_of_a_lab_that_is_gone_consoles_and_logs_are_left(
    evidence: Evidence, lab: FakeLab, folder: Path
) -> None:
    lab.gone = "the lab was ended"
    (lab.state.consoles / "alpha.log").write_text("panic")
    evidence.collect(folder)
    assert [file.name for file in folder.iterdir()] == ["console-alpha.log"]
    assert lab.shell.asked == []


def test_of_the_labs_logs_only_what_belongs_to_the_test_is_kept(lab: FakeLab, folder: Path) -> None:
    lab.shell.answer("")
    expiry, fencing = (lab.state.folder / f"{name}.log" for name in ("expiry", "fence_virtd"))
    expiry.write_text("of another test\n")
    fencing.write_text("nothing since\n")
    evidence = Evidence(lab)
    with expiry.open("a") as log:
        log.write("lifted: power cut of alpha\n")
    evidence.collect(folder)
    assert (folder / "expiry.log").read_text() == "lifted: power cut of alpha\n"
    assert not (folder / "fence_virtd.log").exists()


def test_each_input_of_the_scheduler_can_be_read_at_once(
    evidence: Evidence, lab: FakeLab, folder: Path
) -> None:
    inputs = {"pe-input-1.bz2": bz2.compress(b"<cib/>"), "pe-input.last": b"1"}
    lab.shell.answer("base64", archive(inputs), on="alpha")
    evidence.collect(folder)
    [only] = folder.glob("*pe-*")
    assert (only.name, only.read_text()) == ("alpha-pe-input-1.xml", "<cib/>")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", []),
        ("no base64!", []),
        (archive({"a.bz2": b"\0" * 9}), []),
        (archive({"a.bz2": bz2.compress(b"<cib/>")[:-4]}), ["bravo-a.xml"]),
    ],
    ids=["nothing", "an error", "damaged", "cut short"],
)
def test_inputs_that_cannot_be_read_keep_nothing_else(
    evidence: Evidence, lab: FakeLab, folder: Path, said: str, kept: list[str]
) -> None:
    lab.shell.answer("base64", said, on="bravo")
    evidence.collect(folder)
    assert len(list(folder.glob("bravo*.txt"))) == len(COMMANDS)
    assert [file.name for file in folder.glob("bravo*.xml")] == kept


@pytest.mark.parametrize("secret", ["authkey", "fence_xvm.key", "id_", "shadow"])
def test_no_key_is_read(secret: str) -> None:
    assert not any(secret in command for command in COMMANDS.values())


def test_every_test_of_the_cluster_leaves_evidence_when_it_fails(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini(
        "[pytest]\naddopts = -p harness.pytest_plugin.plugin -p fixtures.lab -p no:cacheprovider"
    )
    pytester.makeconftest(CLUSTER)
    (pytester.path / "selftest").mkdir()
    fails, passes = "(living_cluster): assert False\n", "(living_cluster): pass\n"
    code = f"def test_a{fails}def test_b{passes}def test_c(): assert False\n"
    (pytester.path / "selftest" / "test_one.py").write_text(code)
    pytester.runpytest_inprocess("selftest").assert_outcomes(failed=2, passed=1)
    kept = (pytester.path / "run").glob("*/*")
    names = [f"{file.parent.name} {file.name}" for file in kept]
    assert names == ["selftest.test_one.py.test_a console-alpha.log"]
