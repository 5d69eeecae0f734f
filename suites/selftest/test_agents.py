"""What the watches of both data nodes say, by this machine's clock; no line lost, none twice."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from harness.errors import LabError
from harness.lab.shell import DEFAULT_DEADLINE, Result
from harness.observe import agents as module
from harness.observe.agents import Watches
from harness.observe.clock import Clock
from harness.plan import NodePlan
from harness.plan_file import load
from harness.record.timeline import Timeline
from harness.waiting import Timeout, wait_until
from suites.selftest.fakes import FakeLab, FakeShell
from suites.selftest.plans import SHIPPED

EPOCH_S = 1_795_000_000
WEB = "boot={0} at=1795000012.500000 runs=web open=1 primary=1"
BOTH = "boot={0} at=1795000013.500000 runs=web,shop open= primary=2,1"


class WatchedShell(FakeShell):
    """Nodes whose watch says one line, from their own address, as soon as it is started."""

    heard: str | None = WEB

    def run(
        self, node: NodePlan, command: str, *, deadline: timedelta = DEFAULT_DEADLINE
    ) -> Result:
        if self.heard and (started := re.search(r"^bash -c .* (\S+) (\d+)$", command, re.DOTALL)):
            line = self.heard.format(f"boot-of-{node}")
            say(str(node.addresses["mgmt"]), (started[1], int(started[2])), line)
        return super().run(node, command, deadline=deadline)


def say(sender: str, to: tuple[str, int], line: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent:
        sent.bind((sender, 0))
        sent.sendto(line.encode(), to)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> WatchedShell:
    monkeypatch.setattr(module, "read_clock", lambda ask: Clock(float(ask()) - 100.0, 0.25))
    shell = WatchedShell()
    shell.answer("^bash -c")
    shell.answer("^echo .EPOCHREALTIME$", f"{EPOCH_S + 100}\n")
    for name in ("alpha", "bravo"):
        shell.answer("^cat /proc/sys/kernel/random/boot_id$", f"boot-of-{name}\n", on=name)
    shell.answer("^\ncat")
    return shell


@pytest.fixture
def lab(lab: FakeLab, tmp_path: Path) -> FakeLab:
    """Its way in is loopback, which has all the addresses that are needed."""
    raw = deepcopy(SHIPPED)
    raw["networks"]["mgmt"] = "127.77.0.0/24"
    for number, node in enumerate(raw["nodes"].values(), 11):
        node["addresses"]["mgmt"] = f"127.77.0.{number}"
    (tmp_path / "lab.yml").write_text(yaml.safe_dump(raw, sort_keys=False))
    lab.plan = load(tmp_path / "lab.yml")
    return lab


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def watches(lab: FakeLab, timeline: Timeline) -> Iterator[Watches]:
    watches = Watches(lab, timeline)
    yield watches
    watches.stop()


@pytest.fixture
def alpha(lab: FakeLab) -> NodePlan:
    return lab.plan.nodes["alpha"]


def runs(timeline: Timeline) -> list[tuple[str, list[str]]]:
    return sorted((e.detail["node"], e.detail["runs"]) for e in timeline.events("watch"))


def begin(watches: Watches, timeline: Timeline, lines: int = 2) -> None:
    """Start, if they do not watch yet, and wait for that many lines."""
    if not watches._spoke:
        watches.start()
    noted = lambda: len(timeline.events("watch")) == lines  # noqa: E731
    wait_until("it is noted", noted, every=timedelta(milliseconds=10))


def asked(shell: WatchedShell, pattern: str) -> list[str]:
    return sorted(name for name, command in shell.asked if re.search(pattern, command))


def test_the_watch_of_each_data_node_is_started_and_heard(
    watches: Watches, timeline: Timeline, shell: WatchedShell
) -> None:
    begin(watches, timeline)
    assert asked(shell, r"(?s)^bash -c .* 127\.77\.0\.1 \d+$") == ["alpha", "bravo"]
    assert asked(shell, "") == ["alpha"] * 3 + ["bravo"] * 3
    assert runs(timeline) == [("alpha", ["web"]), ("bravo", ["web"])]


@pytest.mark.usefixtures("clock")
def test_without_a_word_of_a_watch_no_test_begins(watches: Watches, shell: WatchedShell) -> None:
    shell.heard = None
    with pytest.raises(Timeout, match="each data node's watch is heard"):
        watches.start()


def test_what_a_stranger_says_is_not_heard(watches: Watches, timeline: Timeline) -> None:
    begin(watches, timeline)
    to = watches._socket.getsockname()
    say("127.77.0.99", to, BOTH.format("boot-of-alpha").replace("web,", ""))
    say("127.77.0.11", to, BOTH.format("boot-of-alpha"))
    begin(watches, timeline, lines=3)
    assert ("alpha", ["shop", "web"]) in runs(timeline)


def test_a_line_has_this_machines_time_and_names_the_guests(
    watches: Watches, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(watches, timeline)
    watches._note(alpha, BOTH.format("boot-of-alpha"))
    first, second = [e for e in timeline.events("watch") if e.detail["node"] == "alpha"]
    assert (first.source, first.at_s) == ("watch", 12.5)
    known = {"node": "alpha", "boot": "boot-of-alpha", "runs": ["web"]}
    assert first.detail == known | {"primary": ["web"], "open": ["web"]}
    assert second.detail["runs"] == second.detail["primary"] == ["shop", "web"]
    assert second.detail["open"] == []
    clock = timeline.events("clock")[0]
    assert (clock.source, clock.detail["offset_s"], clock.detail["uncertainty_s"]) == (
        *("watch", float(EPOCH_S), 0.25),
    )


TOLD = "boot={0} at=1795000014.500000 {1}"


def test_what_drbd_and_libvirt_told_has_its_time_node_and_life(
    watches: Watches, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(watches, timeline)
    watches._note(alpha, TOLD.format("boot-of-alpha", "drbd=change resource name:web role:Primary"))
    [told] = timeline.events("drbd")
    assert (told.source, told.at_s) == ("drbd", 14.5)
    life = {"node": "alpha", "boot": "boot-of-alpha"}
    named = {"change": "change", "what": "resource", "guest": "web"}
    assert told.detail == life | named | {"states": {"role": "Primary"}}


def test_a_line_that_was_cut_short_is_not_noted(
    watches: Watches, timeline: Timeline, alpha: NodePlan
) -> None:
    begin(watches, timeline)
    watches._note(alpha, "boot=boot-of-alpha at=17950000")
    assert len(timeline.events("watch")) == 2


def test_a_line_of_a_life_whose_clock_nobody_read_is_not_noted(
    watches: Watches, timeline: Timeline, alpha: NodePlan
) -> None:
    watches._note(alpha, WEB.format("another"))
    assert timeline.events() == []


def test_what_was_not_heard_is_read_at_the_end_and_nothing_twice(
    watches: Watches, timeline: Timeline, shell: WatchedShell
) -> None:
    begin(watches, timeline)
    lines = "\n".join(line.format("boot-of-alpha") for line in (WEB, BOTH))
    shell.answer("^\ncat", f"{lines}\n", on="alpha")
    watches.stop()
    watches.stop()
    assert runs(timeline) == [("alpha", ["shop", "web"]), ("alpha", ["web"]), ("bravo", ["web"])]
    assert asked(shell, "^\ncat") == ["alpha", "bravo"]


def test_a_node_that_is_gone_at_the_end_leaves_a_gap(
    watches: Watches, timeline: Timeline, shell: WatchedShell
) -> None:
    shell.silent.add("bravo")
    watches.stop()
    [gap] = timeline.events()
    assert (gap.source, gap.kind, gap.detail["node"]) == ("watch", "blind", "bravo")


@pytest.fixture
def keep(watches: Watches, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The keeper's round, once, a moment after alpha was last heard; bravo never was."""
    watches._socket.bind(("127.77.0.1", 0))
    watches._heard_s = {"alpha": time.monotonic(), "bravo": float("-inf")}

    def keep() -> None:
        rounds = iter([False, True])
        with monkeypatch.context() as patch:
            patch.setattr(watches._end, "wait", lambda _: next(rounds))
            watches._keep()

    return keep


def test_a_silent_nodes_watch_is_started_anew(keep: Callable[[], None], shell: FakeShell) -> None:
    keep()
    keep()
    assert asked(shell, "^bash -c") == ["bravo"]


def test_a_node_without_power_is_out_of_sight_and_not_asked(
    keep: Callable[[], None], lab: FakeLab, timeline: Timeline, shell: WatchedShell
) -> None:
    lab.hypervisor.power_off("bravo")
    keep()
    [gap] = timeline.events()
    assert gap.detail == {"node": "bravo", "blind": "bravo: no power"}
    assert asked(shell, "") == []


def test_when_the_lab_has_ended_the_keeper_ends_too(
    keep: Callable[[], None],
    lab: FakeLab,
    timeline: Timeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ended(_: str) -> bool:
        raise LabError("the lab has ended")

    monkeypatch.setattr(lab.hypervisor, "is_running", ended)
    keep()
    assert timeline.events() == []


def test_a_node_that_does_not_answer_is_out_of_sight(
    keep: Callable[[], None], timeline: Timeline, shell: WatchedShell
) -> None:
    shell.silent.add("bravo")
    keep()
    [gap] = timeline.events("blind")
    assert (gap.source, gap.detail["node"]) == ("watch", "bravo")
    assert gap.detail["blind"].startswith("bravo: does not answer")
