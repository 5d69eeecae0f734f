"""Unused memory is taken from each machine and given back before a checkpoint is saved."""

from harness.lab.memory import RESERVE_KIB, reclaim
from harness.plan.plan import Plan
from suites.selftest.fake_lab import FakeHypervisor
from suites.selftest.fakes import FakeShell


def test_each_machine_keeps_a_reserve(
    plan: Plan, shell: FakeShell, hypervisor: FakeHypervisor
) -> None:
    shell.answer("drop_caches", f"{RESERVE_KIB + 5000}\n", on="alpha")
    shell.answer("drop_caches", f"{RESERVE_KIB + 1}\n", on="bravo")
    shell.answer("drop_caches", f"{RESERVE_KIB}\n", on="arbiter")
    reclaim(plan, shell, hypervisor)
    assert hypervisor.done == ["reclaim {'alpha': 5000, 'bravo': 1}"]
