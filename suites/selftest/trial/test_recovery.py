"""When a cluster counts as recovered."""

from functools import partial

import pytest

from harness.record.events import Recovered
from harness.trial import Trial
from harness.waiting import Timeout
from suites.selftest.client_events import write
from suites.selftest.failover import END_S
from suites.selftest.records import STORES
from suites.selftest.trials import Stage


def acknowledges(stage: Stage, *stores: str) -> None:
    """Each store takes a write that is sent now, the second one a second after the first."""
    for number, store in enumerate(stores):
        sent = write(stage.clock.now_s + number, 900, store=store)
        stage.clock.after(number, partial(stage.timeline.note, sent))


def test_recovered_is_when_each_store_takes_a_write_after_each_guest_answered(
    begun: Trial, stage: Stage
) -> None:
    stage.clock.jump(10)  # all writes that were played are older
    acknowledges(stage, *STORES)
    begun.recover()
    assert stage.done == ["cluster status", "cluster status", "web answered", "shop answered"]
    [recovered] = stage.timeline.of(Recovered)
    last_s = END_S + 10 + len(STORES) - 1
    assert last_s <= recovered.at_s <= last_s + 0.5


def test_a_cluster_that_is_between_two_transitions_has_not_recovered(
    begun: Trial, stage: Stage
) -> None:
    """What Pacemaker does next may be a failback."""
    stage.lab.shell.answer("^crm_resource --wait", code=62, stderr="Timer expired")
    with pytest.raises(Timeout, match="Pacemaker has nothing left to do; Timer expired"):
        begun.recover()
    assert not stage.timeline.knows(Recovered)


def test_without_a_write_to_each_store_the_cluster_has_not_recovered(
    begun: Trial, stage: Stage
) -> None:
    stage.clock.jump(10)
    settled_s, (last, *others) = stage.clock.now_s, STORES
    acknowledges(stage, *others)
    stage.timeline.note(write(settled_s - 0.1, 900, store=last, took_s=1))  # sent too early
    stage.timeline.note(write(settled_s + 1, 901, store=last, good=False))
    with pytest.raises(Timeout, match=r"^not in 360 s: each store acknowledges a write"):
        begun.recover()
    assert stage.clock.now_s == settled_s + stage.lab.timings.patience_s
    assert not stage.timeline.knows(Recovered)


@pytest.mark.parametrize("name", ["web", "shop"])
def test_while_a_guest_does_not_answer_the_cluster_has_not_recovered(
    begun: Trial, stage: Stage, name: str
) -> None:
    stage.fails(f"{name} answered", Timeout(f"not in 240 s: {name} answers over HTTP"))
    with pytest.raises(Timeout, match=f"{name} answers"):
        begun.recover()
    assert not stage.timeline.knows(Recovered)
