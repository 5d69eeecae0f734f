"""The nodes' journals: only what came since the test began, by this machine's clock."""

import subprocess

import pytest

from harness.observe import journal as module
from harness.observe.clock import Clock
from harness.observe.journal import Journals
from harness.record.timeline import Timeline
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
    detail = {"node": "bravo", "boot": "one", "offset_s": float(EPOCH_S), "uncertainty_s": 0.25}
    assert set(clocks) == {"alpha", "bravo", "arbiter"}
    assert clocks["bravo"] == ("journal", detail)


def fence(lab: FakeLab, name: str, *, ahead_s: int, lives: str) -> None:
    """The node has booted anew; its clock was behind before, and shows the true time now."""
    lab.shell.answer("^echo .EPOCHREALTIME$", f"{EPOCH_S + 100 + ahead_s}\n", on=name)
    lab.shell.answer("journalctl", lives, on=name)


FIRST, SECOND, THIRD = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))
LIVES = f"""\
{THIRD}
boot {SECOND.replace("-", "")}
1795005040.000000 alpha kernel: second life
boot {FIRST.replace("-", "")}
1795000020.000000 alpha corosync[1]:   first life
boot {THIRD.replace("-", "")}
1795005090.000000 alpha kernel: boot 0123
boot {"4" * 32}
"""


def test_each_life_of_a_node_is_told_by_its_own_clock(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.answer("EPOCHREALTIME$", f"{FIRST} 1795000010.5\n", on="alpha")
    lab.shell.answer("^echo .EPOCHREALTIME$", f"{EPOCH_S + 100}\n", on="alpha")
    journals.begin()
    watched = {"node": "alpha", "boot": SECOND, "uncertainty_s": 0.1}
    timeline.note("watch", "clock", offset_s=EPOCH_S + 5001.0, **watched)
    fence(lab, "alpha", ahead_s=5000, lives=LIVES)
    journals.read()
    assert [(e.at_s, e.detail["boot"]) for e in timeline.events("journal")] == [
        (20.0, FIRST),
        (39.0, SECOND),
        (90.0, THIRD),
    ]
    noted = [e.detail for e in timeline.events("clock") if e.source == "journal"]
    clocks = {d["boot"]: d["offset_s"] - EPOCH_S for d in noted if d["node"] == "alpha"}
    assert clocks == {FIRST: 0.0, SECOND: 5001.0, THIRD: 5000.0}


def test_a_life_whose_clock_nobody_read_is_told_by_the_present_one(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.begin()
    fence(lab, "alpha", ahead_s=5000, lives=LIVES)
    journals.read()
    assert 40.0 in [event.at_s for event in timeline.events("journal")]


def asked_for(lab: FakeLab, name: str) -> str:
    [command] = [c for node, c in lab.shell.asked if node == name and "journalctl" in c]
    return command


SHELL = """
journalctl() {{
    case "$*" in
        *-F*) printf '%s\\n' b a;;
        *) echo "1.5 alpha asked: $*";;
    esac
}}
read() {{ boot={boot}; }}
{command}
"""
"""A node's shell, with a journal that says how it was asked."""


@pytest.mark.parametrize(
    ("boot", "asked"),
    [
        ("one", ["one", "-b --since=@1795000010.500000"]),
        (
            "two",
            [
                *("two", "boot b", "--since=@1795000010.500000 _BOOT_ID=b"),
                *("boot a", "--since=@1795000010.500000 _BOOT_ID=a"),
            ],
        ),
    ],
    ids=["same life", "booted anew"],
)
def test_only_lines_since_the_begin_are_asked_for_of_all_lives_since(
    journals: Journals, lab: FakeLab, boot: str, asked: list[str]
) -> None:
    journals.begin()
    journals.read()
    command = SHELL.format(boot=boot, command=asked_for(lab, "alpha"))
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    ours = "1.5 alpha asked: -q --no-pager -o short-unix "
    assert [line.removeprefix(ours) for line in said.stdout.splitlines()] == asked


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
    assert asked_for(lab, "alpha").endswith("short-unix -b")
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
