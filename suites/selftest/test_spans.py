"""For how long something was so on a node: from an agent's looks, births, and the power log."""

from dataclasses import replace

import pytest

from harness.record.events import DrbdChange
from harness.record.spans import Span, awake, primary, running, surely_overlap
from suites.selftest.agent_spans import ALPHA, BRAVO, moments, span
from suites.selftest.node_events import clock, node_sample, node_samples, power, role
from suites.selftest.records import record

# Processes.


def test_a_process_is_there_from_its_birth_to_the_look_that_misses_it() -> None:
    found = running(
        record(
            clock(0, "alpha", 0.02),
            node_sample(10, "alpha"),
            node_samples(11, 13, "alpha", runs="web", born_s=10.4, pids=[7]),
            node_sample(13.3, "alpha"),
            node_sample(14, "alpha"),
        ),
        "web",
    )
    assert found == [Span(ALPHA, 10.4, 13.3, 0.02, cut=False, what="7")]


def test_a_process_that_is_there_in_the_end_is_known_to_the_last_look() -> None:
    assert moments(running(record(node_samples(1, 4, "alpha", runs="web")), "web")) == [
        ("alpha", 0, 4)
    ]


def test_a_birth_that_is_said_to_be_later_than_a_look_gives_way_to_it() -> None:
    seen = record(node_sample(1, "alpha", runs="web", born_s=1.01), node_sample(2, "alpha"))
    assert moments(running(seen, "web")) == [("alpha", 1, 2)]


def test_a_process_that_is_never_seen_is_none() -> None:
    assert running(record(node_samples(1, 3, "alpha", runs="shop")), "web") == []


def test_a_process_that_is_missed_and_seen_again_is_there_twice() -> None:
    seen = record(
        node_sample(1, "alpha", runs="web", born_s=0.5),
        node_sample(2, "alpha"),
        node_sample(3, "alpha", runs="web"),
    )
    assert [(first, last) for _, first, last in moments(running(seen, "web"))] == [(0, 2), (3, 3)]


def test_each_process_of_a_guest_is_there_by_itself() -> None:
    both = [node_sample(at_s, "alpha", runs="web web", pids=[7, 8]) for at_s in (2, 3)]
    found = running(
        record(
            node_sample(1, "alpha", runs="web", pids=[7]),
            both,
            node_sample(4, "alpha", runs="web", pids=[8]),
        ),
        "web",
    )
    assert [(s.what, s.first_s, s.last_s) for s in found] == [("7", 0, 4), ("8", 0, 4)]


def test_one_number_belongs_to_another_guest_after_a_while() -> None:
    seen = record(
        node_sample(1, "alpha", runs="web", born_s=0.5, pids=[7]),
        node_sample(2, "alpha", runs="shop", born_s=1.5, pids=[7]),
        node_sample(3, "alpha"),
    )
    assert moments(running(seen, "web")) == [("alpha", 0.5, 2)]
    assert moments(running(seen, "shop")) == [("alpha", 1.5, 3)]


def test_processes_come_in_the_order_of_their_births() -> None:
    seen = record(
        node_samples(1, 2, "alpha", runs="web", born_s=0.9),
        node_samples(1, 2, "bravo", runs="web", born_s=0.8),
    )
    assert [node for node, _, _ in moments(running(seen, "web"))] == ["bravo", "alpha"]


def test_a_process_ends_with_the_power_of_its_node_not_with_the_last_look() -> None:
    [found] = running(record(node_samples(1, 3, "alpha", runs="web"), power(3.7, "alpha")), "web")
    assert (found.last_s, found.cut) == (3.7, True)


def test_a_look_that_is_dated_after_the_end_of_its_life_counts_for_nothing() -> None:
    """Its clock is a little off."""
    [found] = running(record(node_samples(1, 4, "alpha", runs="web"), power(3.7, "alpha")), "web")
    assert (found.last_s, found.cut) == (3.7, True)


def test_a_process_that_ended_before_its_node_lost_its_power_ended_by_itself() -> None:
    seen = record(node_sample(1, "alpha", runs="web"), node_sample(2, "alpha"), power(3.7, "alpha"))
    [found] = running(seen, "web")
    assert (found.last_s, found.cut) == (2, False)


def test_the_next_life_of_a_node_has_processes_of_its_own() -> None:
    seen = record(
        node_samples(1, 3, "alpha", runs="web"),
        power(3.5, "alpha"),
        node_samples(9, 10, "alpha", runs="web", boot="2", born_s=8.5),
    )
    assert moments(running(seen, "web")) == [("alpha", 0, 3.5), ("alpha", 8.5, 10)]


@pytest.mark.parametrize(("silent_s", "spans"), [(3.0, [(0, 6)]), (3.1, [(0, 2), (5.1, 6.1)])])
def test_a_silence_that_is_too_long_ends_what_is_known(
    silent_s: float, spans: list[tuple[float, float]]
) -> None:
    again_s = 2 + silent_s
    seen = record(
        node_samples(1, 2, "alpha", runs="web"),
        node_samples(again_s, again_s + 1, "alpha", runs="web"),
    )
    assert [(first, last) for _, first, last in moments(running(seen, "web"))] == spans


def test_a_process_that_is_missed_after_a_long_silence_is_known_to_the_last_sign() -> None:
    seen = record(node_sample(1, "alpha", runs="web"), node_sample(9, "alpha"))
    assert moments(running(seen, "web")) == [("alpha", 0, 1)]


# Primaries.


def test_a_replica_is_primary_from_drbds_own_event_on() -> None:
    found = primary(
        record(
            clock(0, "alpha", 0.02),
            node_sample(1, "alpha"),
            role(1.4, "alpha", "Primary"),
            node_sample(2, "alpha", primary="web"),
            role(2.6, "alpha", "Secondary"),
            node_sample(3, "alpha"),
        ),
        "web",
    )
    assert found == [Span(ALPHA, 1.4, 2.6, 0.02)]


def test_a_replica_that_is_primary_between_two_looks_is_seen() -> None:
    seen = record(
        node_sample(1, "alpha"), role(1.1, "alpha", "Primary"), role(1.2, "alpha", "Secondary")
    )
    assert moments(primary(seen, "web")) == [("alpha", 1.1, 1.2)]


def test_other_words_of_drbd_say_nothing_of_the_role() -> None:
    def said(at_s: float, **words: object) -> DrbdChange:
        return role(at_s, "alpha", "Primary").model_copy(update=words)

    seen = record(
        said(1, guest="shop"), said(2, what="connection"), said(3, states={"suspended": "no"})
    )
    assert primary(seen, "web") == []


def test_primaries_come_in_the_order_of_their_beginnings() -> None:
    seen = record(node_sample(1, "bravo", primary="web"), node_sample(2, "alpha", primary="web"))
    assert [node for node, _, _ in moments(primary(seen, "web"))] == ["bravo", "alpha"]
    later = record(
        node_sample(1, "alpha"),
        node_sample(1, "bravo", primary="web"),
        node_sample(2, "alpha", primary="web"),
    )
    assert [node for node, _, _ in moments(primary(later, "web"))] == ["bravo", "alpha"]


# Pairs.


@pytest.mark.parametrize(
    ("one", "other", "uncertainty_s", "begin_s"),
    [
        ((1, 5), (3, 9), 0.1, 3),
        ((3, 9), (1, 5), 0.1, 3),
        ((1, 9), (3, 5), 0.1, 3),
        ((1, 9), (3, 3.01), 0.1, 3),
        ((1, 3.1), (3, 9), 0.2, None),
        ((3, 9), (1, 3.1), 0.2, None),
        ((1, 3.5), (3, 9), 0.2, 3),
        ((1, 3), (4, 9), 0.0, None),
        ((1, 3), (3, 9), 0.0, 3),
    ],
)
def test_two_overlap_surely_when_no_error_of_the_clocks_explains_it(
    one: tuple[float, float],
    other: tuple[float, float],
    uncertainty_s: float,
    begin_s: float | None,
) -> None:
    assert surely_overlap(span(*one), span(*other, BRAVO), uncertainty_s) == begin_s


# Suspended nodes.


@pytest.mark.parametrize(
    ("changes", "pieces"),
    [
        ([], [(10, 20)]),
        ([(12, "suspended"), (15, "resumed")], [(10, 12), (15, 20)]),
        (
            [(12, "suspended"), (13, "resumed"), (14, "suspended"), (16, "resumed")],
            [(10, 12), (13, 14), (16, 20)],
        ),
        ([(12, "suspended")], [(10, 12)]),
        ([(12, "suspended"), (13, "resumed"), (14, "suspended")], [(10, 12), (13, 14)]),
        ([(5, "suspended"), (6, "resumed"), (25, "suspended")], [(10, 20)]),
        ([(12, "started")], [(10, 20)]),
    ],
)
def test_nothing_runs_while_its_node_is_suspended(
    changes: list[tuple[float, str]], pieces: list[tuple[float, float]]
) -> None:
    seen = record([power(at_s, "alpha", change) for at_s, change in changes])
    whole = span(10, 20)
    assert awake(seen, whole) == [replace(whole, first_s=a, last_s=b) for a, b in pieces]


def test_another_nodes_suspension_is_its_own() -> None:
    seen = record(power(12, "bravo", "suspended"), power(15, "bravo", "resumed"))
    assert awake(seen, span(10, 20)) == [span(10, 20)]
