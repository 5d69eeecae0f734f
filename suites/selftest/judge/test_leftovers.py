"""I8: what a tool, a handler or a fault leaves behind turns a record red."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.leftovers import nothing_left_behind
from harness.record.events import Event
from harness.record.status import Pacemaker
from suites.selftest.node_events import configuration, traces, view
from suites.selftest.records import record, recovered


def left(*events: Event | Sequence[Event]) -> list[str]:
    return list(nothing_left_behind(record(recovered(200), *events)))


def test_a_cluster_that_was_cleaned_up_leaves_nothing() -> None:
    config = configuration(201, "alpha", "end", **{"web-prefers": "1", "web-cli-": "1"})
    assert left(config, view(201, Pacemaker(bans=("web-not-on-arbitrator",)))) == []


@pytest.mark.parametrize(
    "made", ["cli-ban-web-on-alpha", "cli-prefer-web", "drbd-fence-by-handler-web-drbd-web-clone"]
)
def test_a_constraint_that_was_made_is_a_leftover_by_configuration_or_by_view(made: str) -> None:
    config = [configuration(201, node, "end", **{made: "1"}) for node in ("alpha", "bravo")]
    ban = view(201, Pacemaker(bans=(made,)))
    for events in ([*config], [ban], [*config, ban]):
        assert left(events) == [f"left behind: {made}"]


def test_parts_of_a_constraint_are_not_reported_beside_it() -> None:
    outer = "drbd-fence-by-handler-web-drbd-web-clone"
    parts = {
        "drbd-fence-by-handler-web-rule-drbd-web-clone": "1",
        "drbd-fence-by-handler-web-expr-28-drbd-web-clone": "1",
    }
    whole = configuration(201, "alpha", "end", **{outer: "1"}, **parts)
    assert left(whole) == [f"left behind: {outer}"]
    assert len(left(configuration(201, "alpha", "end", **parts))) == 2


def test_only_the_configuration_of_the_end_counts() -> None:
    assert left(configuration(1, "alpha", "beginning", **{"cli-prefer-web": "1"})) == []


def test_a_failed_action_of_the_last_view_is_a_leftover() -> None:
    failed = "web_monitor_10000 on alpha: not running"
    ill = Pacemaker(failures=(failed,))
    assert left(view(201, ill)) == [f"left behind: {failed}"]
    assert left(view(150, ill), view(201, Pacemaker())) == []


def test_traces_are_left_behind_unless_they_were_there_at_the_beginning() -> None:
    begin = [traces(1, "alpha", "beginning", "qdisc noqueue dev eth9")]
    end = [
        traces(201, "alpha", "end", "qdisc noqueue dev eth9", "fail-count-web on alpha: 2"),
        traces(201, "bravo", "end", "qdisc noqueue dev eth9"),
    ]
    assert left(begin, end) == [
        "left behind on alpha: fail-count-web on alpha: 2",
        "left behind on bravo: qdisc noqueue dev eth9",
    ]
    assert left(begin, traces(201, "alpha", "end", "x"), traces(210, "alpha", "end")) == []


def test_before_the_cluster_recovered_everything_may_be_there() -> None:
    ill = [
        view(201, Pacemaker(bans=("cli-ban-web-on-alpha",), failures=("x",))),
        configuration(201, "alpha", "end", **{"cli-prefer-web": "1"}),
        traces(201, "alpha", "end", "x"),
    ]
    assert list(nothing_left_behind(record(ill))) == []


def test_of_what_nobody_saw_nothing_is_said() -> None:
    assert left() == []
