"""A red test says what is out of order in the end."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.judge.causes import causes
from harness.record.events import ConsoleLine, Event, GuestLoad
from harness.record.status import Member, Pacemaker, Resource
from suites.selftest.client_events import sample
from suites.selftest.node_events import configuration, fenced, line, power, survey, view
from suites.selftest.records import NODES, record
from suites.selftest.views import IN_ORDER, started

HEALTHY = Pacemaker(
    members=dict.fromkeys(NODES, IN_ORDER), resources=(started("web", "alpha"), started("shop"))
)
ANSWERS = [survey(99, node) for node in NODES]


def known(*events: Event | Sequence[Event], surveys: Sequence[Event] = ANSWERS) -> list[str]:
    return list(causes(record(*surveys, *events)))


def test_nothing_is_known_of_a_cluster_in_good_order() -> None:
    assert known(view(99, HEALTHY), configuration(99, "alpha", "end")) == []


def test_nothing_is_known_of_an_empty_record() -> None:
    assert known(surveys=[]) == []


# Guests.


def load(at_s: float, ran_s: float, waited_s: float, *, boot: str = "1", pid: int = 7) -> GuestLoad:
    return GuestLoad(
        at_s=at_s,
        node="alpha",
        boot=boot,
        guest="web",
        pid=pid,
        ran_s=ran_s,
        waited_s=waited_s,
    )


OUTAGE = [sample(at_s, good=at_s not in (5, 6)) for at_s in range(3, 9)]


def test_of_a_guest_that_stood_still_it_is_told_what_its_processor_did() -> None:
    loads = [load(3, 0.5, 0.1), load(4, 1.0, 0.2), load(8, 1.25, 3.7), load(9, 2.0, 3.7)]
    vcpu = "its processor on alpha ran for 0.2 of 4.0 s, waited for 3.5 s"
    assert known(OUTAGE, loads) == [f"web did not answer from 4.0 to 7.0 s; {vcpu}"]


@pytest.mark.parametrize(
    "loads",
    [
        [],
        [load(4, 1.0, 0.2)],
        [load(8, 1.2, 3.7)],
        [load(4, 1.0, 0.2), load(8, 1.2, 3.7, pid=8)],
        [load(4, 1.0, 0.2), load(8, 1.2, 3.7, boot="2")],
    ],
)
def test_of_a_guest_that_was_started_anew_nothing_is_told(loads: list[GuestLoad]) -> None:
    assert known(OUTAGE, loads) == []


# Nodes.


def test_a_node_without_power_in_the_end_is_named() -> None:
    """And nothing more of it, though it does not answer either."""
    answers = [survey(99, "alpha"), survey(99, "arbiter")]
    assert known(power(5, "bravo"), surveys=answers) == ["bravo has no power at the end"]


def test_a_node_that_has_power_again_is_not() -> None:
    assert known(power(5, "bravo"), power(9, "bravo", "started")) == []


def test_a_node_that_never_answers_is_named() -> None:
    assert known(surveys=[survey(1, "alpha"), survey(1, "bravo")]) == [
        "arbiter does not answer at the end"
    ]


@pytest.mark.parametrize(("last_s", "silent"), [(40, False), (39.5, True)])
def test_a_node_that_answered_within_the_last_minute_of_surveys_answers(
    last_s: float, silent: bool
) -> None:
    answers = [survey(10, "bravo"), survey(last_s, "bravo")]
    others = [survey(90, "alpha"), survey(100, "arbiter")]
    found = known(power(300, "elsewhere"), surveys=[*answers, *others])
    assert found == ["bravo does not answer at the end"] * silent


def test_a_silent_nodes_console_ends_with_its_last_three_lines() -> None:
    console = [
        ConsoleLine(at_s=n, machine=machine, text=f"{machine[:2]} {n}")
        for n in range(1, 6)
        for machine in ("arbiter", "web")
    ]
    assert known(console, surveys=[survey(1, "alpha"), survey(1, "bravo")]) == [
        "arbiter does not answer at the end; its console ends with: ar 3 / ar 4 / ar 5"
    ]


# Fencing.


def refused(at_s: float, target: str, why: str, *, on: str) -> Event:
    text = f" notice: Operation 'reboot' targeting {target} by arbiter for controld.3@alpha: {why}"
    return line(at_s, on, "pacemaker-fenced", text)


def test_a_fencing_that_failed_is_counted_once_though_every_node_reports_it() -> None:
    both = [
        refused(at_s, "alpha", f"Error occurred ({at_s}) ", on=on)
        for at_s in (5, 15)
        for on in ("bravo", "arbiter")
    ]
    late = refused(20, "bravo", "No such device", on="alpha")
    assert known(both, late, fenced(30, "alpha")) == [
        "the fencing of alpha failed 2 times: Error occurred (15) (by arbiter's account)",
        "the fencing of bravo failed once: No such device (by alpha's account)",
    ]


def test_a_node_that_missed_a_report_does_not_make_it_fewer() -> None:
    reports = [refused(at_s, "alpha", "Timed out", on="bravo") for at_s in (5, 15, 25)]
    reports.append(refused(25.5, "alpha", "Timed out", on="arbiter"))
    assert known(reports) == [
        "the fencing of alpha failed 3 times: Timed out (by arbiter's account)"
    ]


# The cluster's own view.


def shown(**changed: object) -> list[str]:
    return known(view(99, replace(HEALTHY, **changed)))  # type: ignore[arg-type]


def test_maintenance_mode_is_named() -> None:
    assert shown(maintenance=True) == ["the cluster is in maintenance mode"]


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (replace(IN_ORDER, online=False), ["is no member in good standing"]),
        (replace(IN_ORDER, unclean=True), ["is no member in good standing"]),
        (replace(IN_ORDER, pending=True), ["is no member in good standing"]),
        (replace(IN_ORDER, standby=True), ["is in standby"]),
        (replace(IN_ORDER, maintenance=True), ["is in maintenance"]),
        (replace(IN_ORDER, standby=True, maintenance=True), ["is in standby"]),
        (
            replace(IN_ORDER, online=False, standby=True),
            ["is no member in good standing", "is in standby"],
        ),
    ],
)
def test_a_member_that_is_not_in_order_is_named(member: Member, words: list[str]) -> None:
    members = {"alpha": IN_ORDER, "bravo": member, "arbiter": IN_ORDER}
    assert shown(members=members) == [f"bravo {word}" for word in words]


WEB = started("web", "alpha")


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (replace(WEB, blocked=True), "web on alpha is blocked"),
        (replace(WEB, managed=False), "web on alpha is unmanaged"),
        (replace(WEB, failed=True), "web on alpha is failed"),
        (replace(WEB, pending="Starting"), "web on alpha is Starting"),
        (replace(WEB, nodes=(), failed=True), "web is failed"),
        (replace(WEB, nodes=("alpha", "bravo"), failed=True), "web on alpha and bravo is failed"),
        (
            replace(WEB, blocked=True, managed=False, failed=True, pending="Stopping"),
            "web on alpha is blocked, unmanaged, failed, Stopping",
        ),
    ],
)
def test_a_resource_that_is_not_in_order_is_named(resource: Resource, words: str) -> None:
    assert shown(resources=(started("shop"), resource)) == [words]


def test_failed_actions_are_named() -> None:
    failures = ("web_start_0 on bravo: 1", "shop_monitor_0 on alpha: 5")
    assert shown(failures=failures) == [f"failed: {failure}" for failure in failures]


def test_only_the_last_view_counts() -> None:
    ill = view(50, replace(HEALTHY, maintenance=True, bans=("cli-ban-web",)))
    assert known(ill, view(99, HEALTHY)) == []


def test_constraints_that_tools_made_are_named_once_and_in_order() -> None:
    last = view(99, replace(HEALTHY, bans=("drbd-fence-by-handler-web", "cli-ban-web", "ping")))
    ends = [
        configuration(98, node, "end", **{"cli-prefer-web": "1", "cli-ban-web": "2", "order": "3"})
        for node in NODES
    ]
    assert known(last, ends) == [
        "the constraint cli-ban-web is there",
        "the constraint cli-prefer-web is there",
        "the constraint drbd-fence-by-handler-web is there",
    ]


def test_a_constraint_is_seen_without_any_view_and_not_at_the_beginning() -> None:
    early = configuration(0, "alpha", "beginning", **{"cli-ban-web": "1"})
    assert known(early) == []
    assert known(configuration(98, "alpha", "end", **{"cli-ban-shop": "1"})) == [
        "the constraint cli-ban-shop is there"
    ]


def test_all_that_is_known_comes_in_order() -> None:
    ill = view(99, replace(HEALTHY, maintenance=True, bans=("cli-ban-web",)))
    assert known(ill, power(5, "alpha"), refused(9, "alpha", "Timed out", on="bravo")) == [
        "alpha has no power at the end",
        "the fencing of alpha failed once: Timed out (by bravo's account)",
        "the cluster is in maintenance mode",
        "the constraint cli-ban-web is there",
    ]
