"""The disk under a replica stalls, and goes on; the device mapper of the node is the witness."""

from datetime import timedelta

import pytest

from harness.faults.block_device import FailedReplica, StalledReplica
from harness.faults.catalogue import read_fault
from harness.faults.fault import Fault, as_json
from harness.faults.node_command import RETURN
from harness.plan.plan import Plan
from harness.target.shell import ShellError, Unreachable
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeTarget

SUSPEND, RESUME, STATE = "^dmsetup suspend ", "^dmsetup resume ", "^dmsetup info "
DEVICE = "vg_guests-web"


@pytest.fixture
def stalled(plan: Plan) -> StalledReplica:
    """The disk under web's replica on bravo."""
    return StalledReplica(plan.nodes["bravo"], plan.guests["web"])


def test_it_reads_as_what_it_does(stalled: StalledReplica) -> None:
    assert stalled.name == "stalled disk of web's replica on bravo"


def test_it_is_read_back_from_its_json_form(stalled: StalledReplica, plan: Plan) -> None:
    form = as_json(stalled)
    assert form == {
        "kind": "stalled_replica",
        "node": "bravo",
        "guest": "web",
        "volume_group": "vg_guests",
    }
    assert read_fault(form, plan) == stalled


def test_it_excuses_neither_a_fencing_nor_a_guest_that_moves(stalled: StalledReplica) -> None:
    fault: Fault = stalled
    assert [node.name for node in fault.victims] == ["bravo"]
    assert fault.may_be_fenced == ()
    assert fault.disturbs_guests is False


def test_the_device_is_suspended_without_waiting_for_what_it_holds_up(
    target: FakeTarget, stalled: StalledReplica
) -> None:
    """Flushing would wait for a file system, or for I/O that cannot end."""
    target.shell.answer(SUSPEND)
    stalled.inject(target)
    assert target.shell.asked == [("bravo", f"dmsetup suspend --noflush --nolockfs {DEVICE}")]


def test_a_device_that_cannot_be_suspended_is_an_error_with_its_reason(
    target: FakeTarget, stalled: StalledReplica
) -> None:
    target.shell.answer(SUSPEND, code=1, stderr="Device vg_guests-web not found")
    with pytest.raises(ShellError, match="Device vg_guests-web not found"):
        stalled.inject(target)


def test_dashes_in_names_are_doubled_as_the_device_mapper_does(
    target: FakeTarget, plan: Plan
) -> None:
    guest = plan.guests["web"].model_copy()
    guest._name = "web-2-b"
    target.shell.answer(STATE, "Active\n")
    assert StalledReplica(plan.nodes["alpha"], guest, volume_group="vg-a").gone(target)
    [(node, command)] = target.shell.asked
    assert (node, command.split()[-1]) == ("alpha", "vg--a-web--2--b")


@pytest.mark.parametrize(
    ("answer", "code", "bites", "gone"),
    [
        ("Suspended\n", 0, True, False),
        ("Active\n", 0, False, True),
        ("", 1, False, False),
        ("Device does not exist.\n", 1, False, False),
    ],
    ids=["suspended", "active", "no answer", "no device"],
)
def test_the_device_mapper_says_whether_it_bites_or_is_gone(
    target: FakeTarget, stalled: StalledReplica, answer: str, code: int, bites: bool, gone: bool
) -> None:
    """A device that is not there is neither: nobody may take it for one that was mended."""
    target.shell.answer(STATE, answer, code=code)
    assert (stalled.bites(target), stalled.gone(target)) == (bites, gone)
    assert {command.split()[-1] for _, command in target.shell.asked} == {DEVICE}


def test_on_a_node_that_does_not_answer_it_bites_no_more(
    target: FakeTarget, stalled: StalledReplica
) -> None:
    """A node that was fenced has lost its device mapper's state; that makes no honest test."""
    target.shell.silent.add("bravo")
    assert not stalled.bites(target)


def test_it_is_not_gone_for_a_node_that_does_not_answer(
    target: FakeTarget, stalled: StalledReplica
) -> None:
    target.shell.silent.add("bravo")
    with pytest.raises(Unreachable):
        stalled.gone(target)


def test_the_device_goes_on(target: FakeTarget, stalled: StalledReplica, clock: FakeClock) -> None:
    begin_s = clock.now_s
    target.shell.answer(RESUME)
    stalled.lift(target)
    stalled.lift(target)
    assert target.shell.asked == [("bravo", f"dmsetup resume {DEVICE}")] * 2
    assert clock.now_s == begin_s


def test_the_device_goes_on_as_soon_as_its_node_returns(
    target: FakeTarget, stalled: StalledReplica, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    target.shell.answer(RESUME)
    target.shell.silent.add("bravo")
    clock.after(60, target.shell.silent.clear)
    stalled.lift(target)
    assert len(target.shell.asked) == 1
    assert clock.now_s - begin_s == 60


def test_a_device_that_does_not_go_on_is_tried_again(
    target: FakeTarget, stalled: StalledReplica, clock: FakeClock
) -> None:
    target.shell.answer(RESUME, code=1)
    clock.after(5, lambda: target.shell.answer(RESUME))
    stalled.lift(target)
    assert len(target.shell.asked) > 1


@pytest.mark.usefixtures("clock")
def test_a_node_that_does_not_return_keeps_the_fault(
    target: FakeTarget, stalled: StalledReplica
) -> None:
    target.shell.silent.add("bravo")
    limit = f"not in {RETURN / timedelta(seconds=1):.0f} s: {stalled.name} is lifted"
    with pytest.raises(Timeout, match=limit):
        stalled.lift(target)


@pytest.fixture
def failed(plan: Plan) -> FailedReplica:
    """The failed disk under web's replica on bravo."""
    return FailedReplica(plan.nodes["bravo"], plan.guests["web"])


def test_a_disk_fails_by_another_table_and_the_old_one_is_kept(
    target: FakeTarget, failed: FailedReplica
) -> None:
    target.shell.answer("^\ndmsetup table vg_guests-web > /run/quorate.table-web.new")
    failed.inject(target)
    [(node, command)] = target.shell.asked
    assert node == "bravo"
    assert 'echo "0 $sectors error" | { dmsetup load vg_guests-web ' in command


@pytest.mark.parametrize("code", [0, 1])
def test_a_disk_has_failed_when_drbd_has_detached_from_it(
    target: FakeTarget, failed: FailedReplica, code: int
) -> None:
    target.shell.answer("^dmsetup table .* grep -q .*Diskless", code=code)
    target.shell.answer("^! test -e /run/quorate.table-web", code=1 - code)
    assert (failed.bites(target), failed.gone(target)) == (code == 0, code == 1)


def test_a_repaired_disk_is_attached(target: FakeTarget, failed: FailedReplica) -> None:
    target.shell.answer("drbdadm attach web")
    failed.lift(target)
    [(_, command)] = target.shell.asked
    assert "< /run/quorate.table-web" in command


def test_a_failed_disk_moves_its_guest_and_excuses_no_fencing(failed: FailedReplica) -> None:
    fault: Fault = failed
    assert [node.name for node in fault.victims] == ["bravo"]
    assert (fault.may_be_fenced, fault.disturbs_guests) == ((), True)
