"""Maintenance mode: an option of the cluster, set and deleted on the arbitrator."""

import pytest

from harness.faults.operations import Maintenance
from suites.selftest.fakes import FakeTarget


def test_the_option_is_set_and_deleted(target: FakeTarget) -> None:
    target.shell.answer("^crm_attribute --name maintenance-mode ")
    Maintenance().inject(target)
    Maintenance().lift(target)
    words = "crm_attribute --name maintenance-mode"
    assert target.shell.asked == [
        ("arbiter", f"{words} --update true"),
        ("arbiter", f"{words} --delete"),
    ]


def test_it_hits_no_node() -> None:
    assert (Maintenance().victims, Maintenance().may_be_fenced) == ((), ())
    assert not Maintenance().disturbs_guests


@pytest.mark.parametrize("mode", ["true", "false"])
def test_it_bites_when_pacemaker_reports_it(target: FakeTarget, mode: str) -> None:
    target.shell.answer("crm_mon", f'<cluster_options maintenance-mode="{mode}"/>')
    assert Maintenance().bites(target) is (mode == "true")


@pytest.mark.parametrize("value", ["true", "off"])
def test_it_is_gone_when_the_option_is(target: FakeTarget, value: str) -> None:
    answer = f"scope=crm_config  name=maintenance-mode value={value}"
    target.shell.answer("--query --default off", answer)
    assert Maintenance().gone(target) is (value == "off")
