"""Real lines of Corosync and Pacemaker, and what they mean."""

import pytest

from harness.record.journal_lines import fencings, memberships, quorum
from suites.selftest.records import line

PRIMARY = "  [QUORUM] This node is within the primary component and will provide service."
NON_PRIMARY = (
    "  [QUORUM] This node is within the non-primary component and will NOT provide any services."
)
REBOOT = " notice: Operation 'reboot' targeting bravo by alpha for pacemaker-controld.364@alpha: "
NOBODY = REBOOT.replace("by alpha", "by unknown node")


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("  [QUORUM] Members[2]: 1 3", True),
        ("  [QUORUM] Members[3]: 1 2 3", True),
        ("  [QUORUM] Sync members[2]: 1 2", False),
        ("  [TOTEM ] A new membership (1.2b) was formed. Members left: 3", False),
        (PRIMARY, False),
    ],
)
def test_a_membership_is_told_by_its_members(text: str, tells: bool) -> None:
    said = line(1, "alpha", "corosync", text)
    assert list(memberships([said])) == ([said] if tells else [])


@pytest.mark.parametrize(
    ("text", "words"),
    [(PRIMARY, [True]), (NON_PRIMARY, [False]), ("  [QUORUM] Members[2]: 1 3", [])],
    ids=["has it", "has it not", "another line"],
)
def test_a_node_says_whether_it_has_quorum(text: str, words: list[bool]) -> None:
    said = line(1, "alpha", "corosync", text)
    assert list(quorum([said])) == [(said, word) for word in words]


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        (f"{REBOOT}OK (complete)", ["bravo"]),
        (f"{REBOOT}OK".replace("reboot", "off"), ["bravo"]),
        (f"{REBOOT}OK (complete)".replace("reboot", "on"), []),
        (f"{NOBODY}Error occurred (No data available)", []),
        (" notice: Operation 'reboot' [1256] targeting bravo using fence-bravo returned 0", []),
        (" notice: Requesting that alpha perform 'reboot' action targeting bravo", []),
    ],
    ids=["done", "switched off", "switched on", "failed", "agent's word", "asked for"],
)
def test_only_a_whole_operation_that_succeeded_confirms_a_fencing(
    text: str, targets: list[str]
) -> None:
    said = line(1, "alpha", "pacemaker-fenced", text)
    assert list(fencings([said])) == [(said, target) for target in targets]


def test_what_another_daemon_repeats_does_not_count() -> None:
    repeated = [
        line(1, "alpha", "pacemaker-controld", f"{REBOOT}OK (complete)"),
        line(1, "alpha", "pacemaker-fenced", PRIMARY),
    ]
    assert list(fencings(repeated)) == list(quorum(repeated)) == []
