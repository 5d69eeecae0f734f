"""Real lines of Corosync and Pacemaker, and what they mean."""

import pytest

from harness.record.journal_lines import (
    confirmations,
    corosync_starts,
    memberships,
    not_scheduled,
    quorum_changes,
    refusals,
)
from suites.selftest.node_events import line
from suites.selftest.records import record

PRIMARY = "  [QUORUM] This node is within the primary component and will provide service."
NON_PRIMARY = (
    "  [QUORUM] This node is within the non-primary component and will NOT provide any services."
)
REBOOT = " notice: Operation 'reboot' targeting bravo by alpha for pacemaker-controld.364@alpha: "
NOBODY = REBOOT.replace("by alpha", "by unknown node")


@pytest.mark.parametrize(
    ("text", "reports"),
    [
        ("  [QUORUM] Members[2]: 1 3", True),
        ("  [QUORUM] Members[3]: 1 2 3", True),
        ("  [QUORUM] Sync members[2]: 1 2", False),
        ("  [TOTEM ] A new membership (1.2b) was formed. Members left: 3", False),
        (PRIMARY, False),
    ],
)
def test_a_membership_is_reported_by_its_members(text: str, reports: bool) -> None:
    written = line(1, "alpha", "corosync", text)
    assert list(memberships(record(written))) == ([written] if reports else [])


def test_corosync_reports_that_it_starts() -> None:
    """The first line is of Debian 13, the second one of Debian 12."""
    lines = [
        line(1, "alpha", "corosync", "  [MAIN  ] Corosync Cluster Engine 3.1.9 starting up"),
        line(2, "alpha", "corosync", "  [MAIN  ] Corosync Cluster Engine 3.1.7 starting up"),
        line(3, "alpha", "systemd", "Starting corosync.service - Corosync Cluster Engine..."),
        line(4, "alpha", "corosync", "  [MAIN  ] Corosync Cluster Engine exiting normally"),
    ]
    assert list(corosync_starts(record(lines))) == lines[:2]


@pytest.mark.parametrize(
    ("text", "states"),
    [(PRIMARY, [True]), (NON_PRIMARY, [False]), ("  [QUORUM] Members[2]: 1 3", [])],
    ids=["has it", "has it not", "another line"],
)
def test_a_node_reports_whether_it_has_quorum(text: str, states: list[bool]) -> None:
    written = line(1, "alpha", "corosync", text)
    assert list(quorum_changes(record(written))) == [(written, state) for state in states]


def test_corosync_reports_for_how_long_it_was_not_let_run() -> None:
    text = (
        "  [MAIN  ] Corosync main process was not scheduled (@1795406976354) for 2880.7578 ms "
        "(threshold is 2400.0000 ms). Consider token timeout increase."
    )
    written = line(1, "alpha", "corosync", text)
    assert list(not_scheduled(record(written))) == [(written, 2.8807578)]
    assert list(not_scheduled(record(line(1, "alpha", "corosync", PRIMARY)))) == []


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
    ids=["done", "switched off", "switched on", "failed", "the agent's own", "asked for"],
)
def test_only_a_whole_operation_that_succeeded_confirms_a_fencing(
    text: str, targets: list[str]
) -> None:
    written = line(1, "alpha", "pacemaker-fenced", text)
    assert list(confirmations(record(written))) == [(written, target) for target in targets]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (
            f"{NOBODY}Error occurred (No data available)",
            [("bravo", "Error occurred (No data available)")],
        ),
        (f"{REBOOT}Timed out".replace("reboot", "off"), [("bravo", "Timed out")]),
        (f"{REBOOT}OK (complete)", []),
        (" notice: Operation 'reboot' [1256] targeting bravo using fence-bravo returned 1", []),
    ],
    ids=["failed", "timed out", "done", "the agent's own"],
)
def test_an_operation_that_failed_is_a_refusal_with_its_reason(
    text: str, refused: list[tuple[str, str]]
) -> None:
    written = line(1, "alpha", "pacemaker-fenced", text)
    assert list(refusals(record(written))) == [(written, node, why) for node, why in refused]


def test_what_another_daemon_repeats_does_not_count() -> None:
    repeated = record(
        line(1, "alpha", "pacemaker-controld", f"{REBOOT}OK (complete)"),
        line(1, "alpha", "pacemaker-fenced", PRIMARY),
    )
    assert not list(confirmations(repeated))
    assert not list(quorum_changes(repeated))
