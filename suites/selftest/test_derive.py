"""A derived checkpoint is made once, and restored from then on."""

import pytest

from harness.changes import derive as module
from harness.changes.change import Change
from harness.errors import LabError
from harness.lab.lab import Lab
from harness.plan.load import load
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeLab

QUICK = Change(title="a quick token", plan={"corosync": {"token_ms": 1000}})
SCRIPTS = Change(title="scripts", nodes="touch /a", data_nodes="touch /a", arbitrator="touch /v")


@pytest.fixture
def lab(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> FakeLab:
    """A lab that has a checkpoint."""
    monkeypatch.setattr("harness.lab.checkpoint.overlay", lambda *_: None)
    for name in lab.plan.nodes:
        lab.hypervisor.disks(name)[0].write_text("disk")
    lab.save_as(lab.checkpoint, "digest", step="saving")
    lab.hypervisor.done.clear()
    return lab


@pytest.fixture
def derive(lab: FakeLab, monkeypatch: pytest.MonkeyPatch) -> "Derive":
    def restore() -> None:
        lab.hypervisor.done.append(f"restored {lab.checkpoint.identity}")

    monkeypatch.setattr(lab, "restore", restore)
    return Derive(lab)


class Derive:
    """Derives a checkpoint, and notes what is done for it."""

    def __init__(self, lab: FakeLab) -> None:
        self.base = lab.checkpoint
        self.lab, self.done = lab, list[str]()

    def __call__(self, *changes: Change) -> None:
        self.lab.checkpoint = self.base
        for name in self.lab.plan.nodes:
            self.lab.hypervisor.powered[name] = True
            self.lab.hypervisor.disks(name)[0].write_text("disk")
        plan = load(changes={change.title: change.plan for change in changes})
        module.derive(self.lab, changes, plan, apply=self._apply, settle=self._settle)

    def _apply(self, lab: Lab, before: Plan) -> None:
        self.done.append(f"apply {before.corosync.token_ms} to {lab.plan.corosync.token_ms}")

    def _settle(self, _: Lab) -> None:
        self.done.append("settle")


def test_a_change_is_applied_settled_saved_and_gone_on_from(derive: Derive) -> None:
    derive(QUICK)
    assert derive.done == ["apply 3000 to 1000", "settle"]
    assert derive.lab.checkpoint is not derive.base
    assert derive.lab.plan.corosync.token_ms == 1000
    assert derive.lab.hypervisor.done[-1] == f"restored {derive.lab.checkpoint.identity}"
    assert load(derive.lab.state.plan) == derive.lab.plan


def test_it_is_made_once(derive: Derive) -> None:
    derive(QUICK)
    first = derive.lab.checkpoint.identity
    derive.lab.plan = load()
    derive(QUICK)
    assert derive.lab.checkpoint.identity == first
    assert derive.done.count("settle") == 1


def test_another_change_or_another_base_makes_another_one(
    derive: Derive, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive(QUICK)
    _answers(derive.lab)
    derive(QUICK, SCRIPTS)
    assert derive.done.count("settle") == 2
    monkeypatch.setattr(type(derive.base), "identity", "another")
    derive(QUICK)
    assert derive.done.count("settle") == 3


def _answers(lab: FakeLab) -> None:
    lab.shell.answer("touch")


def test_scripts_run_on_their_nodes_also_those_that_are_alike(derive: Derive) -> None:
    _answers(derive.lab)
    derive(SCRIPTS)
    asked = [name for name, command in derive.lab.shell.asked if command == "touch /a"]
    assert sorted(asked) == ["alpha", "alpha", "arbiter", "bravo", "bravo"]
    asked = [name for name, command in derive.lab.shell.asked if command == "touch /v"]
    assert asked == ["arbiter"]


def test_a_script_that_fails_leaves_no_checkpoint(derive: Derive) -> None:
    derive.lab.shell.answer("touch", code=1, stderr="read-only file system")
    with pytest.raises(LabError, match="read-only file system"):
        derive(SCRIPTS)
    assert derive.lab.checkpoint is derive.base
    assert derive.done == ["apply 3000 to 3000"]


def test_only_the_newest_are_kept(derive: Derive) -> None:
    for token_ms in range(1000, 1006):
        derive(Change(title="token", plan={"corosync": {"token_ms": token_ms}}))
    assert len(list(derive.lab.state.derived.iterdir())) == module.MAX_DERIVED
