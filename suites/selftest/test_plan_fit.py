"""A plan whose parts just fit is accepted; one that this machine cannot carry is refused."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.plan.load import check_memory, load
from harness.plan.plan import Plan
from suites.selftest.plans import write_edited

GUEST = {"prefers": "alpha", "address": "10.77.2.30", "memory_mib": 128}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.yml"


def test_a_disk_that_just_fits_is_accepted(file: Path) -> None:
    write_edited(file, "data_disk_mib", 1104)
    assert load(file).data_disk_mib == 1104


@pytest.mark.parametrize("name", ["web-db", "w", "a-1-b", "b" * 31, "stop", "clone1"])
def test_any_other_name_is_accepted(file: Path, name: str) -> None:
    write_edited(file, f"guests/{name}", GUEST)
    assert name in load(file).guests


def test_more_memory_than_the_machine_has_is_refused(plan: Plan) -> None:
    with pytest.raises(InputError) as refused:
        check_memory(plan, available_mib=3072)
    assert str(refused.value) == (
        "nodes.*.memory_mib: the nodes need 3072 MiB, this machine has 3072 MiB; "
        "write 921 or less for each"
    )


def test_a_tenth_of_the_memory_is_left_to_the_machine(plan: Plan) -> None:
    check_memory(plan, available_mib=3414)
    with pytest.raises(InputError):
        check_memory(plan, available_mib=3413)


def test_the_memory_of_this_machine_is_looked_at(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"total": 2**30}))
    with pytest.raises(InputError, match="this machine has 1024 MiB"):
        check_memory(plan)
