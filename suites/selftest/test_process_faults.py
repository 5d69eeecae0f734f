"""Processes that are killed or stopped, by the commands that do it and see it."""

import re

import pytest

from harness.faults.fault import Fault
from harness.faults.fencing import Fencing
from harness.faults.guest import KilledGuest
from harness.faults.operations import Standby
from harness.faults.process import KilledProcess, StoppedProcess, pattern_of
from harness.plan.load import load
from harness.target.shell import ShellError
from suites.selftest.fakes import FakeTarget

PLAN = load()
HOST = PLAN.data_nodes[0]
KILLED, STOPPED = KilledProcess(HOST, "corosync"), StoppedProcess(HOST, "corosync")
GUEST = KilledGuest(PLAN.guests["web"], HOST)
STANDBY = Standby(HOST)
ENDED, FOUND, STATE = "! kill -0", r"^pgrep", r"grep -q .\^State:.T"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/usr/sbin/corosync -f", True),
        ("corosync", True),
        ("/usr/sbin/corosync-cfgtool -s", False),
        ("vi /etc/corosync", False),
        ("/usr/bin/my corosync", False),
    ],
)
def test_a_program_is_found_by_its_name_alone(line: str, found: bool) -> None:
    assert bool(re.search(pattern_of("corosync").strip("'"), line)) is found


@pytest.mark.parametrize(
    ("fault", "signal"), [(KILLED, "KILL"), (STOPPED, "STOP"), (GUEST, "KILL")]
)
def test_the_oldest_process_gets_the_signal(target: FakeTarget, fault: Fault, signal: str) -> None:
    target.shell.answer(FOUND)
    fault.inject(target)
    [(node, command)] = target.shell.asked
    assert node == HOST.name
    assert f"&& kill -{signal} $(cat " in command


def test_a_program_that_does_not_run_is_named(target: FakeTarget) -> None:
    target.shell.answer(FOUND, code=1)
    with pytest.raises(ShellError, match="corosync"):
        KILLED.inject(target)


@pytest.mark.parametrize("code", [0, 1])
def test_a_killed_process_has_ended(target: FakeTarget, code: int) -> None:
    target.shell.answer(ENDED, code=code)
    assert KILLED.bites(target) is GUEST.bites(target) is (code == 0)


@pytest.mark.parametrize("code", [0, 1])
def test_a_stopped_process_is_in_that_state(target: FakeTarget, code: int) -> None:
    target.shell.answer(STATE, code=code)
    assert STOPPED.bites(target) is (code == 0)


def test_on_a_node_that_does_not_answer_a_killed_process_has_ended(target: FakeTarget) -> None:
    target.shell.silent.add(HOST.name)
    assert (KILLED.bites(target), KILLED.gone(target)) == (True, False)
    assert (STOPPED.bites(target), STOPPED.gone(target)) == (False, False)


@pytest.mark.parametrize("code", [0, 1])
def test_each_is_gone_when_the_program_runs(target: FakeTarget, code: int) -> None:
    target.shell.answer("pgrep", code=code)
    assert KILLED.gone(target) is STOPPED.gone(target) is (code == 0)


def test_a_stopped_process_is_continued(target: FakeTarget) -> None:
    target.shell.answer("kill -CONT")
    STOPPED.lift(target)
    STOPPED.lift(target)
    assert len(target.shell.asked) == 2


def test_a_killed_process_is_left_to_its_supervisor(target: FakeTarget) -> None:
    target.shell.answer(r"^rm -f \S+$")
    KILLED.lift(target)
    assert len(target.shell.asked) == 1


def test_the_failure_of_a_guest_is_cleaned_up(target: FakeTarget) -> None:
    target.shell.answer(r"^rm -f")
    target.shell.answer("crm_resource")
    GUEST.lift(target)
    cleanup = "crm_resource --cleanup --resource web --node alpha"
    assert target.shell.asked[-1] == ("arbiter", cleanup)


@pytest.mark.parametrize(("value", "gone"), [("0", True), ("1", False), ("INFINITY", False)])
def test_a_guest_is_well_when_no_failure_is_counted(
    target: FakeTarget, value: str, gone: bool
) -> None:
    answer = f"scope=status  name=fail-count-web value={value}\n"
    target.shell.answer("crm_failcount --query --resource web --node alpha", answer)
    assert GUEST.gone(target) is gone


@pytest.mark.parametrize(("value", "on"), [("on", True), ("off", False)])
def test_a_node_is_in_standby_by_its_attribute(target: FakeTarget, value: str, on: bool) -> None:
    query = "crm_attribute --node alpha --name standby --query --default off"
    target.shell.answer(query, f"scope=nodes  name=standby value={value}\n")
    assert (STANDBY.bites(target), STANDBY.gone(target)) == (on, not on)


def test_standby_is_set_and_deleted_on_the_arbitrator(target: FakeTarget) -> None:
    target.shell.answer("crm_attribute")
    target.shell.answer("cibadmin")
    STANDBY.inject(target)
    STANDBY.lift(target)
    empty = "//node[@uname='alpha']/instance_attributes[not(*)]"
    assert target.shell.asked == [
        ("arbiter", "crm_attribute --node alpha --name standby --update on"),
        ("arbiter", "crm_attribute --node alpha --name standby --delete"),
        ("arbiter", f'cibadmin --delete --xpath "{empty}"'),
    ]


def test_a_person_fences_a_node_that_boots_anew(target: FakeTarget) -> None:
    fault = Fencing(HOST)
    target.shell.answer("^touch /run/quorate.boot$", on="alpha")
    target.shell.answer("^stonith_admin --reboot alpha$", on="arbiter")
    fault.inject(target)
    for code in (0, 1):
        target.shell.answer("^test -e /run/quorate.boot$", code=code)
        target.shell.answer("^! test -e /run/quorate.boot$", code=1 - code)
        assert (fault.bites(target), fault.gone(target)) == (code == 1, code == 1)
    fault.lift(target)
    target.shell.silent.add(HOST.name)
    assert (fault.bites(target), fault.gone(target)) == (True, False)
