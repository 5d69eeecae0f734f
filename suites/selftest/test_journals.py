"""The nodes' journals: only what came since the test began, by this machine's clock."""

import re

import pytest

from harness.observe import journal as module
from harness.observe.clock import Clock
from harness.observe.journal import Journals
from harness.timeline import Timeline
from suites.selftest.fakes import FakeLab

EPOCH_S = 1_795_000_000
LINES = """\
1795000012.500000 alpha corosync[345]:   [QUORUM] Members[2]: 1 3
1795000013.250000 alpha kernel: device vnet1 entered promiscuous mode
                                that goes on here
1795000014.000000 alpha VirtualDomain(web)[77]: INFO: Domain web: started
1795000015.000000 alpha pacemaker-fenced[3]: notice: [0]: a: b
"""


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def journals(lab: FakeLab, timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Journals:
    """Nodes whose journals begin with a test that began at their second 10."""
    monkeypatch.setattr(module, "read_clock", lambda ask: Clock(float(ask()) - 100.0, 0.25))
    lab.shell.answer("EPOCHREALTIME$", "one 1795000010.5\n")
    lab.shell.answer("^echo .EPOCHREALTIME$", f"{EPOCH_S + 100}\n")
    lab.shell.answer("journalctl", "one\n")
    lab.shell.answer("journalctl", f"one\n{LINES}", on="alpha")
    return Journals(lab, timeline)


def lines(timeline: Timeline) -> list[tuple[float, str, str]]:
    return [(e.at_s, e.detail["who"], e.detail["text"]) for e in timeline.events("journal")]


def test_lines_get_this_machines_time_and_who_said_them(
    journals: Journals, timeline: Timeline
) -> None:
    journals.begin()
    journals.read()
    assert lines(timeline) == [
        (12.5, "corosync", "  [QUORUM] Members[2]: 1 3"),
        (13.25, "kernel", "device vnet1 entered promiscuous mode"),
        (14.0, "VirtualDomain(web)", "INFO: Domain web: started"),
        (15.0, "pacemaker-fenced", "notice: [0]: a: b"),
    ]
    assert {event.detail["node"] for event in timeline.events("journal")} == {"alpha"}


def test_each_clock_is_noted_with_its_uncertainty(journals: Journals, timeline: Timeline) -> None:
    journals.read()
    clocks = {e.detail["node"]: (e.source, e.detail) for e in timeline.events("clock")}
    detail = {"node": "bravo", "offset_s": float(EPOCH_S), "uncertainty_s": 0.25}
    assert set(clocks) == {"alpha", "bravo", "arbiter"}
    assert clocks["bravo"] == ("journal", detail)


def asked_for(lab: FakeLab, name: str) -> str:
    [command] = [c for node, c in lab.shell.asked if node == name and "journalctl" in c]
    return command


def test_only_lines_of_the_same_life_since_the_begin_are_asked_for(
    journals: Journals, lab: FakeLab
) -> None:
    journals.begin()
    journals.read()
    wanted = r'\[ "\$boot" = "one" \] && set -- --since=@1795000010\.500000; journalctl .* "\$@"$'
    assert re.search(wanted, asked_for(lab, "alpha"))


def test_a_node_that_was_not_there_at_the_begin_tells_all_of_its_life(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.silent.add("alpha")
    journals.begin()
    [gap] = timeline.events("blind")
    lab.shell.silent.clear()
    journals.read()
    assert gap.source == "journal"
    assert (gap.detail["node"], gap.detail["blind"][:22]) == ("alpha", "alpha: does not answer")
    assert '[ "$boot" = "" ] && ' in asked_for(lab, "alpha")
    assert len(lines(timeline)) == 4


def test_a_node_without_power_is_not_asked_and_leaves_a_gap(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.begin()
    lab.shell.asked.clear()
    lab.hypervisor.power_off("alpha")
    journals.read()
    assert [gap.detail for gap in timeline.events("blind")] == [
        {"node": "alpha", "blind": "alpha: no power"}
    ]
    assert "alpha" not in dict(lab.shell.asked)
    assert lines(timeline) == []
