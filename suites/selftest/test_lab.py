"""The order of a lab's life: what is asked for first, what is dropped, what stays."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import InputError, LabError
from harness.lab import accel
from harness.lab import lab as module
from harness.lab.images import image
from harness.lab.images.image import Image
from harness.lab.lab import Lab
from harness.lab.machines import drawing
from harness.lab.state import LabBusy, State
from harness.plan.plan import Acceleration, Plan

STACK = "stack"


@pytest.fixture
def done() -> list[str]:
    """What was done, in order."""
    return []


def noting(done: list[str], name: str, result: object = None) -> Callable[..., object]:
    """A function that only says that it was called."""

    def note(*_: object, **__: object) -> object:
        done.append(name)
        return result

    return note


@pytest.fixture
def lab(
    state: State, plan: Plan, tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> Lab:
    """A lab of which every part only says what is asked of it."""
    images = Image(tmp_path / "node-1"), Image(tmp_path / "guest-1")
    monkeypatch.setattr(module, "require_root", noting(done, "root?"))
    monkeypatch.setattr(module, "check_memory", noting(done, "memory?"))
    monkeypatch.setattr(module, "make_keys", noting(done, "keys"))
    monkeypatch.setattr(image, "both", noting(done, "images", images))
    monkeypatch.setattr(accel, "choose", noting(done, "accel", Acceleration.TCG))
    monkeypatch.setattr(module, "start_fence_device", noting(done, "fence device"))
    lab = Lab(plan, state, wanted_accel="auto")
    monkeypatch.setattr(module, "discard_all", noting(done, "checkpoint discard"))
    monkeypatch.setattr(lab, "checkpoint", parts(done, "checkpoint", "save restore define"))
    capsule = parts(done, "capsule", "start stop leave enter_network")
    capsule.libvirt_uri = "uri"
    monkeypatch.setattr(lab, "capsule", capsule)
    libvirt = parts(done, "libvirt", "close define_pool define_networks")
    monkeypatch.setattr(module, "Hypervisor", noting(done, "libvirt open", libvirt))
    machines = parts(done, "machines", "prepare up")
    monkeypatch.setattr(module, "Machines", lambda *_: machines)
    monkeypatch.setattr(lab.shell, "forget", lambda node: done.append(f"forget {node}"))
    return lab


def parts(done: list[str], name: str, calls: str) -> SimpleNamespace:
    return SimpleNamespace(**{call: noting(done, f"{name} {call}") for call in calls.split()})


def without_forgetting(done: list[str]) -> list[str]:
    return [step for step in done if not step.startswith("forget")]


@pytest.fixture
def opened(lab: Lab, done: list[str]) -> Iterator[Lab]:
    """The same lab, held and attached to."""
    lab.open()
    lab.attach()
    done.clear()
    yield lab
    lab.close()


def test_what_would_fail_late_is_asked_first(lab: Lab, done: list[str]) -> None:
    lab.open()
    assert done == ["root?", "memory?", "keys", "images", "accel"]
    assert lab.timings == lab.plan.timings[Acceleration.TCG]
    lab.close()


@pytest.mark.parametrize(
    ("refuses", "error"), [("require_root", LabError), ("check_memory", InputError)]
)
def test_a_lab_that_cannot_work_is_not_held(
    lab: Lab, refuses: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error("no")

    monkeypatch.setattr(module, refuses, refuse)
    with pytest.raises(error):
        lab.open()
    lab.state.lock().close()


def test_an_open_lab_is_held_until_it_is_closed(lab: Lab) -> None:
    lab.open()
    with pytest.raises(LabBusy):
        lab.state.lock()
    lab.close()
    lab.state.lock().close()


def test_a_lab_that_is_let_go_may_outlive_the_run(opened: Lab, done: list[str]) -> None:
    opened.close()
    assert without_forgetting(done) == ["capsule leave"]


def test_machines_from_nothing_leave_no_older_checkpoint(opened: Lab, done: list[str]) -> None:
    opened.boot(keep=False)
    assert without_forgetting(done) == [
        "checkpoint discard",
        "libvirt close",
        "capsule stop",
        "capsule start",
        "capsule enter_network",
        "libvirt open",
        "machines prepare",
        "libvirt define_pool",
        "libvirt define_networks",
        "machines up",
        "fence device",
    ]


def test_a_saved_cluster_comes_back_in_a_new_capsule(lab: Lab, done: list[str]) -> None:
    lab.resume(keep=False)
    assert without_forgetting(done)[-4:] == [
        "libvirt open",
        "checkpoint define",
        "fence device",
        "checkpoint restore",
    ]


def test_a_save_goes_on_from_what_was_saved(opened: Lab, done: list[str]) -> None:
    opened.save(STACK)
    assert without_forgetting(done) == ["checkpoint save", "checkpoint restore"]


def test_a_restore_drops_connections_into_the_earlier_life(lab: Lab, done: list[str]) -> None:
    lab.attach()
    done.clear()
    lab.restore()
    assert done == ["forget alpha", "forget bravo", "forget arbiter", "checkpoint restore"]


def test_a_test_starts_from_the_checkpoint_unless_nothing_has_happened(
    lab: Lab, done: list[str]
) -> None:
    lab.attach()
    lab.restore()
    done.clear()
    lab.begin_test()
    assert "checkpoint restore" not in done
    lab.begin_test()
    assert "checkpoint restore" in done


def test_a_lab_that_is_taken_down_keeps_its_checkpoint(lab: Lab, done: list[str]) -> None:
    lab.attach()
    done.clear()
    lab.down()
    lab.down()
    steps = ["libvirt close", "capsule stop", "capsule stop"]
    assert without_forgetting(done) == steps
    with pytest.raises(AssertionError, match="the lab is down"):
        _ = lab.hypervisor


def test_a_checkpoint_is_named_after_all_that_made_it(lab: Lab, tmp_path: Path) -> None:
    lab.open()
    first = lab.digest(STACK)
    assert first == f"{lab.plan.digest}-node-1-guest-1-{drawing()}-tcg-stack"
    changes: list[tuple[str, object]] = [
        ("plan", lab.plan.model_copy(update={"release": "trixie"})),
        ("node_image", Image(tmp_path / "node-2")),
        ("guest_image", Image(tmp_path / "guest-2")),
        ("accel", Acceleration.KVM),
    ]
    for name, value in changes:
        before = getattr(lab, name)
        setattr(lab, name, value)
        assert lab.digest(STACK) != first
        setattr(lab, name, before)
    assert lab.digest("other") != first
    lab.close()


@pytest.mark.parametrize(
    ("running", "gone"), [(True, None), (False, "the lab was ended from outside; run this again")]
)
def test_a_lab_whose_processes_are_not_there_is_gone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, running: bool, gone: str | None
) -> None:
    monkeypatch.setattr(lab, "capsule", SimpleNamespace(running=running))
    assert lab.gone == gone


def test_a_command_for_later_is_a_shell_that_sleeps_until_then(
    lab: Lab, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started in the capsule, and names the lab and its plan."""
    spawned: dict[Path, list[str]] = {}

    def spawn(command: list[str], *, log_to: Path) -> None:
        spawned[log_to] = command

    monkeypatch.setattr(lab.capsule, "spawn", spawn, raising=False)
    lab.run_later(("expire", "an order"), after=timedelta(minutes=30))
    [(log, (*shell, script))] = spawned.items()
    assert log == state.folder / "expiry.log"
    assert shell == ["sh", "-c"]
    assert script.startswith(
        f"sleep 1800 && exec {sys.executable} -m harness.cli expire 'an order' "
    )
    assert script.endswith(f" --lab default --lab-dir {state.root}")


@pytest.fixture
def frozen(opened: Lab, done: list[str], monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab upon checkpoint `base`; what is frozen lies upon it too."""
    monkeypatch.setattr(opened.checkpoint, "identity", "base", raising=False)
    kept = parts(done, "frozen", "save restore define")
    kept.valid_for = lambda identity: identity == "base"
    monkeypatch.setattr(module, "Checkpoint", lambda *_: kept)
    return opened


def test_a_lab_that_was_frozen_goes_on_from_the_checkpoint(frozen: Lab, done: list[str]) -> None:
    frozen.freeze("run/test")
    assert without_forgetting(done) == ["frozen save", "checkpoint restore"]


def test_a_thawed_lab_is_a_new_capsule_in_the_old_moment(frozen: Lab, done: list[str]) -> None:
    frozen.thaw("run/test")
    steps = [step for step in without_forgetting(done) if not step.startswith("libvirt")]
    assert steps[-4:] == [
        "capsule enter_network",
        "frozen define",
        "fence device",
        "frozen restore",
    ]


def test_what_lies_upon_another_checkpoint_is_not_thawed(
    frozen: Lab, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen.checkpoint, "identity", "another")
    (state.frozen / "run" / "test").mkdir(parents=True)
    (state.frozen / "run" / "test" / "manifest.json").touch()
    with pytest.raises(LabError, match="nothing frozen as 'x/y'; there is: run/test"):
        frozen.thaw("x/y")
