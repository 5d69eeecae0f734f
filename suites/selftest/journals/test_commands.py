"""What the nodes are asked for."""

import subprocess
from collections.abc import Callable

import pytest

from harness.observe.journals import Journals
from harness.record.timeline import Timeline
from suites.selftest.fake_lab import FakeLab
from suites.selftest.journals.journal import (
    FIRST,
    READ,
    SECOND,
    entry,
    gaps,
    lines,
    observe,
    printed,
    reads,
)


def asked_for(lab: FakeLab, name: str) -> str:
    [command] = [c for node, c in lab.shell.asked if node == name and "journalctl -q" in c]
    return command


SHELL = """
journalctl() {{
    case "$*" in
        *-F*) printf '%s\\n' b a; return {listing};;
        *) echo "asked: $*"; return {reading};;
    esac
}}
read() {{ boot={boot}; }}
{command}
"""
"""A node's shell, with a journal that prints how it was asked."""
OURS = (
    "asked: -q --no-pager -a -o json --output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,"
    "_SOURCE_REALTIME_TIMESTAMP "
)
Answer = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def node_shell(journals: Journals, lab: FakeLab) -> Answer:
    """Runs what alpha was asked in the end."""
    observe(journals)

    def run(boot: str, *, listing: int = 0, reading: int = 0) -> "subprocess.CompletedProcess[str]":
        command = asked_for(lab, "alpha")
        text = SHELL.format(boot=boot, listing=listing, reading=reading, command=command)
        return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("boot", "asked"),
    [
        (FIRST, ["--since=@1795000010.500000 -b"]),
        (
            SECOND,
            ["--since=@1795000010.500000 _BOOT_ID=b", "--since=@1795000010.500000 _BOOT_ID=a"],
        ),
    ],
    ids=["same life", "rebooted"],
)
def test_only_lines_since_the_begin_are_asked_for_of_all_lives_since(
    node_shell: Answer, boot: str, asked: list[str]
) -> None:
    answer = node_shell(boot)
    assert answer.returncode == 0
    assert [line.removeprefix(OURS) for line in answer.stdout.splitlines()] == [boot, *asked]


@pytest.mark.parametrize("boot", [FIRST, SECOND], ids=["same life", "rebooted"])
def test_a_reading_that_fails_is_not_taken_for_an_end(node_shell: Answer, boot: str) -> None:
    answer = node_shell(boot, reading=3)
    assert answer.returncode == 3
    assert len(answer.stdout.splitlines()) == 2


def test_a_list_of_lives_that_cannot_be_had_is_not_taken_for_an_empty_one(
    node_shell: Answer,
) -> None:
    answer = node_shell(SECOND, listing=4)
    assert (answer.returncode, answer.stdout) == (4, f"{SECOND}\n")


def test_of_a_node_that_was_away_at_the_begin_all_of_its_present_life_is_read(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    lab.shell.silent.add("alpha")
    journals.start()
    [(node, reason)] = gaps(timeline)
    assert (node, reason[:22]) == ("alpha", "alpha: does not answer")
    lab.shell.silent.clear()
    lab.shell.answer(READ, printed(SECOND, entry(12, SECOND, MESSAGE="here")), on="alpha")
    journals.collect()
    assert asked_for(lab, "alpha").endswith(" -b")
    assert lines(timeline) == [(12.0, "unknown", 6, "here")]
    assert reads(timeline) == [(SECOND, 12.0, 90.0)]


def test_a_node_without_power_is_not_asked_and_leaves_a_gap(
    journals: Journals, lab: FakeLab, timeline: Timeline
) -> None:
    journals.start()
    lab.shell.asked.clear()
    lab.hypervisor.power_off("alpha")
    journals.collect()
    assert gaps(timeline) == [("alpha", "alpha: no power")]
    assert "alpha" not in dict(lab.shell.asked)
    assert lines(timeline) == []
    assert reads(timeline) == []
