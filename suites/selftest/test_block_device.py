"""The disk under a replica stalls, and goes on; the device mapper of the node is the witness."""

import pickle
from datetime import timedelta

import pytest

from harness.faults.block_device import RETURN, StalledReplica
from harness.faults.fault import Fault
from harness.plan.plan import Plan
from harness.target.shell import ShellError, Unreachable
from harness.waiting import Timeout
from suites.selftest.fakes import FakeClock, FakeLab

SUSPEND, RESUME, STATE = "^dmsetup suspend ", "^dmsetup resume ", "^dmsetup info "
DEVICE = "vg_guests-web"


@pytest.fixture
def stalled(plan: Plan) -> StalledReplica:
    """The disk under web's replica on bravo."""
    return StalledReplica(plan.nodes["bravo"], plan.guests["web"])


def test_it_reads_as_what_it_does(stalled: StalledReplica) -> None:
    assert str(stalled) == "stalled disk of web's replica on bravo"


def test_it_can_be_sent_to_another_process(stalled: StalledReplica) -> None:
    assert pickle.loads(pickle.dumps(stalled)) == stalled


def test_it_excuses_neither_a_fencing_nor_a_guest_that_moves(stalled: StalledReplica) -> None:
    fault: Fault = stalled
    assert [node.name for node in fault.victims] == ["bravo"]
    assert fault.may_be_fenced == ()
    assert fault.disturbs_guests is False


def test_the_device_is_suspended_without_waiting_for_what_it_holds_up(
    lab: FakeLab, stalled: StalledReplica
) -> None:
    """Flushing would wait for a file system, or for I/O that cannot end."""
    lab.shell.answer(SUSPEND)
    stalled.inject(lab)
    assert lab.shell.asked == [("bravo", f"dmsetup suspend --noflush --nolockfs {DEVICE}")]


def test_a_device_that_cannot_be_suspended_is_an_error_with_its_reason(
    lab: FakeLab, stalled: StalledReplica
) -> None:
    lab.shell.answer(SUSPEND, code=1, stderr="Device vg_guests-web not found")
    with pytest.raises(ShellError, match="Device vg_guests-web not found"):
        stalled.inject(lab)


def test_dashes_in_names_are_doubled_as_the_device_mapper_does(lab: FakeLab, plan: Plan) -> None:
    guest = plan.guests["web"].model_copy(update={"name": "web-2-b"})
    lab.shell.answer(STATE, "Active\n")
    assert StalledReplica(plan.nodes["alpha"], guest, volume_group="vg-a").gone(lab)
    [(node, command)] = lab.shell.asked
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
    lab: FakeLab, stalled: StalledReplica, answer: str, code: int, bites: bool, gone: bool
) -> None:
    """A device that is not there is neither: nobody may take it for one that was mended."""
    lab.shell.answer(STATE, answer, code=code)
    assert (stalled.bites(lab), stalled.gone(lab)) == (bites, gone)
    assert {command.split()[-1] for _, command in lab.shell.asked} == {DEVICE}


def test_on_a_node_that_does_not_answer_it_bites_no_more(
    lab: FakeLab, stalled: StalledReplica
) -> None:
    """A node that was fenced has lost its device mapper's state; that makes no honest test."""
    lab.shell.silent.add("bravo")
    assert not stalled.bites(lab)


def test_it_is_not_gone_for_a_node_that_does_not_answer(
    lab: FakeLab, stalled: StalledReplica
) -> None:
    lab.shell.silent.add("bravo")
    with pytest.raises(Unreachable):
        stalled.gone(lab)


def test_the_device_goes_on(lab: FakeLab, stalled: StalledReplica, clock: FakeClock) -> None:
    begin_s = clock.now_s
    lab.shell.answer(RESUME)
    stalled.lift(lab)
    stalled.lift(lab)
    assert lab.shell.asked == [("bravo", f"dmsetup resume {DEVICE}")] * 2
    assert clock.now_s == begin_s


def test_the_device_goes_on_as_soon_as_its_node_returns(
    lab: FakeLab, stalled: StalledReplica, clock: FakeClock
) -> None:
    begin_s = clock.now_s
    lab.shell.answer(RESUME)
    lab.shell.silent.add("bravo")
    clock.after(60, lab.shell.silent.clear)
    stalled.lift(lab)
    assert len(lab.shell.asked) == 1
    assert clock.now_s - begin_s == 60


def test_a_device_that_does_not_go_on_is_tried_again(
    lab: FakeLab, stalled: StalledReplica, clock: FakeClock
) -> None:
    lab.shell.answer(RESUME, code=1)
    clock.after(5, lambda: lab.shell.answer(RESUME))
    stalled.lift(lab)
    assert len(lab.shell.asked) > 1


@pytest.mark.usefixtures("clock")
def test_a_node_that_does_not_return_keeps_the_fault(lab: FakeLab, stalled: StalledReplica) -> None:
    lab.shell.silent.add("bravo")
    limit = f"not in {RETURN / timedelta(seconds=1):.0f} s: {stalled} is lifted"
    with pytest.raises(Timeout, match=limit):
        stalled.lift(lab)
