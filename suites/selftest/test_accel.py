"""KVM is used when it is proved to work, and the proof is remembered until the next boot."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import LabError
from harness.lab import accel
from harness.lab.images.image import Image
from harness.lab.state import State
from harness.plan.plan import Acceleration

KVM, TCG = Acceleration.KVM, Acceleration.TCG


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image(tmp_path / "node-image")


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Verdicts that the next proofs give, the last one first."""
    verdicts: list[str | None] = []
    monkeypatch.setattr(accel, "_probe", lambda _: verdicts.pop())
    return verdicts


@pytest.mark.parametrize("wanted", ["auto", "kvm"])
def test_kvm_is_used_when_it_works(
    wanted: str, state: State, image: Image, proofs: list[str | None]
) -> None:
    proofs.append(None)
    assert accel.choose(wanted, state, image) is KVM


def test_auto_falls_back_to_emulation(state: State, image: Image, proofs: list[str | None]) -> None:
    proofs.append("it is broken")
    assert accel.choose("auto", state, image) is TCG


def test_kvm_by_name_that_does_not_work_is_refused(
    state: State, image: Image, proofs: list[str | None]
) -> None:
    proofs.append("it is broken")
    with pytest.raises(LabError) as refused:
        accel.choose("kvm", state, image)
    assert str(refused.value) == "KVM does not work here (it is broken); use --accel tcg or auto"


@pytest.mark.usefixtures("proofs")
def test_emulation_by_name_needs_no_proof(state: State, image: Image) -> None:
    assert accel.choose("tcg", state, image) is TCG
    assert not (state.root / "accel.json").exists()


@pytest.mark.parametrize("verdict", [None, "it is broken"])
def test_a_verdict_is_remembered(
    verdict: str | None, state: State, image: Image, proofs: list[str | None]
) -> None:
    proofs.append(verdict)
    assert [accel.why_not_kvm(state, image) for _ in range(2)] == [verdict, verdict]


@pytest.mark.parametrize(
    "memory", ["", "no json", json.dumps({"boot": "an earlier one", "reason": None})]
)
def test_a_verdict_of_another_boot_does_not_count(
    memory: str, state: State, image: Image, proofs: list[str | None]
) -> None:
    (state.root / "accel.json").write_text(memory)
    proofs.append("it is broken")
    assert accel.why_not_kvm(state, image) == "it is broken"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """This machine as the proof sees it: a device, the processor's flags, a boot."""
    fake = SimpleNamespace(device=True, flags="fpu svm sse", said=b"", code=0, commands=[])

    def run(command: list[str], **_: object) -> SimpleNamespace:
        fake.commands.append(command)
        if fake.code is None:
            raise subprocess.TimeoutExpired(command, 8)
        return SimpleNamespace(returncode=fake.code, stderr=fake.said)

    real_exists, real_read = Path.exists, Path.read_text
    patches: dict[str, Callable[[Path], object]] = {
        "exists": lambda p: fake.device if str(p) == "/dev/kvm" else real_exists(p),
        "read_text": lambda p: fake.flags if str(p) == "/proc/cpuinfo" else real_read(p),
    }
    for name, patch in patches.items():
        monkeypatch.setattr(Path, name, patch)
    monkeypatch.setattr(subprocess, "run", run)
    return fake


@pytest.mark.parametrize("flag", ["vmx", "svm"])
def test_a_kernel_that_boots_under_kvm_is_the_proof(
    flag: str, machine: SimpleNamespace, state: State, image: Image
) -> None:
    machine.flags = f"fpu {flag} sse"
    assert accel.why_not_kvm(state, image) is None
    assert str(image.kernel) in machine.commands[0]


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        ({"device": False}, "there is no /dev/kvm"),
        ({"flags": "fpu sse"}, "the processor offers no virtualization that guests could use"),
        ({"code": None}, "a kernel did not boot under it in 60 s"),
        ({"code": 1, "said": b"qemu: warning\nqemu: no room\n"}, "qemu: no room"),
        pytest.param({"code": -6}, "qemu ended with -6"),
    ],
    ids=["no device", "no nesting", "no boot", "no machine", "killed"],
)
def test_anything_else_is_a_no_with_its_reason(
    lack: dict[str, object], reason: str, machine: SimpleNamespace, state: State, image: Image
) -> None:
    vars(machine).update(lack)
    assert accel.why_not_kvm(state, image) == reason
