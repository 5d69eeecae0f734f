"""The catalogue: healthy records leave it green, doctored ones turn the named invariant red."""

from collections.abc import Sequence

import pytest

from harness.judge.invariants.catalogue import CATALOGUE, SURE, violations
from harness.judge.invariants.violation import Violation
from harness.record.events import Event
from harness.record.status import Member, Pacemaker
from suites.selftest.client_events import holding, sample, write
from suites.selftest.node_events import (
    clock,
    copies,
    fenced,
    line,
    node_sample,
    node_samples,
    power,
    quorum,
    role,
    view,
)
from suites.selftest.records import NODES, cut, record, recovered

WELL = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)
GOOD = Pacemaker(dc="arbiter", quorate=True, members=dict.fromkeys(NODES, WELL))
CLOCKS = [clock(90, node, 0.03) for node in NODES]
POWER_CUT = [
    *(view(90, GOOD), *CLOCKS, *node_samples(90, 100, "alpha", runs="web"), cut(100, "alpha")),
    *(power(100.206, "alpha", "shut down"), power(100.206, "alpha")),
    *(fenced(110.44, "alpha", on="arbiter"), fenced(110.51, "alpha")),
    *(*node_samples(90, 126, "bravo", runs="shop"), role(121, "bravo", "Primary")),
    *node_samples(127, 257, "bravo", runs="shop web", born_s=126.2),
    *(power(161.185, "alpha", "resumed"), power(161.188, "alpha", "started")),
    *(line(171, "alpha", "kernel", "Linux version 6.1", boot="2"), quorum(189, "alpha", boot="2")),
    *(*node_samples(196, 257, "alpha", boot="2"), recovered(255), view(256, GOOD), copies(257)),
    *(write(95, 1), write(150, 2), holding(1, 2, at_s=257)),
]
"""A failover as it should be, with the moments of a captured one."""


def broken(*events: Event | Sequence[Event]) -> list[str]:
    return [str(violation) for violation in violations(record(*events))]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [*node_samples(0, 9, "alpha", runs="web"), *node_samples(0, 9, "bravo", runs="shop")],
        POWER_CUT,
    ],
    ids=["nothing seen", "nothing moves", "power cut"],
)
def test_a_healthy_record_is_clean(events: Sequence[Event]) -> None:
    assert broken(events) == []


AT_160 = [power(160, "arbiter"), power(161, "arbiter", "started")]
DOCTORED: dict[str, tuple[Sequence[Event], str]] = {
    "web ran twice on one node": (
        node_samples(200, 220, "bravo", runs="shop web web", pids=[447, 318, 9], born_s=200),
        "I1: web ran twice on bravo at 200.0 s, for 20.0 s",
    ),
    "two primaries": (
        [role(200, "alpha", "Primary", boot="2"), role(200.5, "alpha", "Secondary", boot="2")],
        "I2: web was primary on alpha and bravo at 200.0 s, for 0.5 s",
    ),
    "a fencing that was none": (
        [fenced(240, "bravo", on="arbiter")],
        "I3: the fencing of bravo was confirmed at 240.0 s in the journal of arbiter, it had power",
    ),
    "bravo kept its guests without quorum": (
        [quorum(110, "bravo", lost=True), quorum(160, "bravo")],
        "I4: shop ran on bravo for 50.0 s without quorum, the limit is 30.0 s",
    ),
    "a write was lost": ([write(160, 3)], "I5: web.redis: lost 1 (3)"),
    "the arbitrator lost its power too": (
        AT_160,
        "I6: arbiter lost its power at 160.0 s, no fault intended it",
    ),
    "left in maintenance": (
        [view(256.5, Pacemaker(dc="arbiter", members=GOOD.members, maintenance=True))],
        "I7: the cluster is in maintenance mode",
    ),
    "the copies differ": (
        [copies(257.5, web=4096)],
        "I7: web: its disk's copies differ at byte 4096",
    ),
    "a ban is left behind": (
        [view(256.5, Pacemaker("arbiter", members=GOOD.members, bans=("cli-ban-web-on-alpha",)))],
        "I8: left behind: cli-ban-web-on-alpha",
    ),
    "verification found blocks out of sync": (
        [line(230, "bravo", "kernel", "block drbd1: Online verify found 3 4k blocks out of sync!")],
        "I9: bravo: kernel: block drbd1: Online verify found 3 4k blocks out of sync!",
    ),
    "a guest without its primary": (
        [
            node_sample(t, "bravo", runs="shop web", primary="web", born_s=126.2)
            for t in (200.1, 200.2)
        ],
        "I10: shop ran on bravo at 200.1 s, its replica there not primary",
    ),
    "shop rebooted in place": (
        [sample(t, guest="shop", boot="g1" if t < 150 else "g2") for t in (90, 99, 151, 152)],
        "I11: shop had rebooted on bravo by 151.0 s, no fault hit bravo",
    ),
    "a failback": (
        node_samples(240.5, 256.5, "alpha", runs="web", boot="2", born_s=240.2),
        "I12: web ran on alpha again at 240.2 s, it had gone to bravo",
    ),
}


@pytest.mark.parametrize(("events", "text"), DOCTORED.values(), ids=DOCTORED)
def test_a_doctored_record_turns_its_invariant_red(events: Sequence[Event], text: str) -> None:
    assert text in broken(POWER_CUT, events)


def test_a_takeover_before_its_fencing_turns_two_facts_red() -> None:
    """The node was isolated, and shot 0.9 s after bravo had promoted."""
    isolated = [
        *(*CLOCKS, *node_samples(90, 110, "alpha", runs="web"), cut(100, "alpha")),
        *(*node_samples(90, 109, "bravo", runs="shop"), role(109.95, "bravo", "Primary")),
        *node_samples(111, 120, "bravo", runs="shop web", born_s=110.3),
        *(power(110.85, "alpha"), fenced(110.9, "alpha", on="arbiter")),
    ]
    assert broken(isolated) == [
        "I1: web ran on alpha and bravo at 110.3 s, for 0.5 s",
        "I2: web was primary on alpha and bravo at 110.0 s, for 0.9 s",
        "I3: web was promoted on bravo at 110.0 s, the fencing of alpha was confirmed at 110.9 s",
        "I3: web was started on bravo at 110.3 s, the fencing of alpha was confirmed at 110.9 s",
    ]


def test_the_catalogue_stands_in_the_order_of_its_numbers() -> None:
    numbers = [int(invariant.number[1:]) for invariant in CATALOGUE]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 13))
    assert len({invariant.sentence for invariant in CATALOGUE}) == len(CATALOGUE)


def test_two_copies_lost_writes_and_unequal_disks_are_sure_in_any_lab() -> None:
    assert [invariant.number for invariant in SURE] == ["I1", "I2", "I5", "I7"]
    found = violations(record(POWER_CUT, copies(257.5, web=1), AT_160))
    assert {violation.invariant: violation.sure for violation in found} == {"I6": False, "I7": True}


def test_a_violation_reads_as_its_number_and_its_evidence() -> None:
    assert str(Violation("I1", "web ran on alpha and bravo")) == "I1: web ran on alpha and bravo"
