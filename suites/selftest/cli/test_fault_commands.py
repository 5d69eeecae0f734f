"""Faults by hand: words become a fault, it stays in place after its process, and is lifted."""

from pathlib import Path

import pytest

from harness.cli.fault_words import KINDS, fault_of, meaning, usage
from harness.errors import Exit, InputError
from harness.faults.expiry import in_place
from harness.faults.network import CarrierLoss
from harness.faults.operations import Move
from harness.faults.power import PowerOff
from harness.lab.capsule import Capsule
from harness.plan.plan import Plan
from suites.selftest.command_line import Command
from suites.selftest.fakes import FakeShell, FakeTarget


def test_each_fault_has_its_usage_and_its_meaning() -> None:
    assert usage("power-off") == "power-off NODE"
    assert usage("carrier-loss") == "carrier-loss NODE [NETWORKS]"
    assert all(meaning(kind).endswith(".") for kind in KINDS)


def test_words_become_a_fault(plan: Plan) -> None:
    alpha, bravo = plan.data_nodes
    assert fault_of(["power-off", "alpha"], plan) == PowerOff(alpha)
    assert fault_of(["carrier-loss", "alpha", "lan,mgmt"], plan) == CarrierLoss(
        alpha, ("lan", "mgmt")
    )
    move = Move(plan.guests["web"], bravo, source=alpha)
    assert fault_of(["move", "web", "bravo", "alpha"], plan) == move


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["flood"], "no fault 'flood'; type `quorate fault list`"),
        (["power-off"], "node: Field required; write: quorate fault inject power-off NODE"),
        (["power-off", "delta"], "the plan has no node 'delta'"),
        (["power-off", "alpha", "now"], "too many words; write: quorate fault inject power-off"),
    ],
)
def test_words_that_are_no_fault_are_refused(plan: Plan, words: list[str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        fault_of(words, plan)
    assert message in str(refused.value)


class AttachedLab(FakeTarget):
    """A lab that is up, in the folder that the command line names."""

    def attach(self) -> None:
        """Connect."""

    def close(self) -> None:
        """Disconnect."""


@pytest.fixture
def lab(
    plan: Plan, shell: FakeShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AttachedLab:
    """The lab `default` in a folder, which is up."""
    folder = tmp_path / "default"
    folder.mkdir()
    lab = AttachedLab(plan, folder, shell)
    monkeypatch.setattr("harness.lab.lab.Lab", lambda *_, **__: lab)
    monkeypatch.setattr("harness.cli.fault_commands.require_root", lambda: None)
    monkeypatch.setattr(Capsule, "running", property(lambda _: True))
    return lab


def test_a_fault_stays_in_place_until_it_is_lifted(
    quorate: type[Command], lab: AttachedLab, plan: Plan, tmp_path: Path
) -> None:
    done = quorate("fault", "inject", "power-off", "alpha", "--lab-dir", tmp_path)
    assert (done.code, done.out.partition(";")[0]) == (0, "in place: power cut of alpha")
    assert not lab.power.is_running("alpha")
    assert [fault.name for fault in in_place(lab.folder, plan).values()] == ["power cut of alpha"]
    done = quorate("fault", "lift", "--all", "--lab-dir", tmp_path)
    assert (done.code, done.out) == (0, "lifted: power cut of alpha\n")
    assert lab.power.is_running("alpha")
    assert not in_place(lab.folder, plan)


def test_one_of_two_faults_is_lifted_by_its_name(
    quorate: type[Command], lab: AttachedLab, plan: Plan, tmp_path: Path
) -> None:
    for node in ("alpha", "bravo"):
        quorate("fault", "inject", "power-off", node, "--lab-dir", tmp_path)
    quorate("fault", "lift", "power cut of alpha", "--lab-dir", tmp_path)
    assert [fault.name for fault in in_place(lab.folder, plan).values()] == ["power cut of bravo"]
    names = "name a fault in place, or write --all; in place: power cut of bravo"
    quorate("fault", "lift", "--lab-dir", tmp_path).refuses(names)


@pytest.mark.usefixtures("clock")
def test_a_fault_that_does_not_bite_is_an_error_and_stays_in_place(
    quorate: type[Command], lab: AttachedLab, plan: Plan, tmp_path: Path
) -> None:
    lab.shell.answer("fallocate")
    lab.shell.answer("conv=fsync")
    done = quorate("fault", "inject", "full-filesystem", "alpha", "/var", "--lab-dir", tmp_path)
    done.refuses("/var full on alpha bites", Exit.LAB)
    assert len(in_place(lab.folder, plan)) == 1


def test_a_lab_that_is_down_has_no_faults(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("harness.cli.fault_commands.require_root", lambda: None)
    (tmp_path / "default").mkdir()
    done = quorate("fault", "lift", "--all", "--lab-dir", tmp_path)
    done.refuses("lab 'default' is down; type `quorate up`", Exit.LAB)


def test_all_faults_are_listed(quorate: type[Command]) -> None:
    done = quorate("fault", "list")
    assert done.code == 0
    assert set(KINDS) <= {line.split()[0] for line in done.out.splitlines()}
