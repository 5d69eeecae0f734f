"""The observer of the final state: configurations, traces and disks, as at the beginning or not."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar

from harness.cluster.node_state import QUERY, NodeState, Unreadable, parse_node_state
from harness.errors import LabError, first_line
from harness.observe import beginning
from harness.plan.plan import NodePlan
from harness.record.events import (
    Blind,
    Configuration,
    CopiesCompared,
    Failure,
    Moment,
    Recovered,
    Traces,
    Watching,
)
from harness.record.timeline import Timeline
from harness.target.shell import ShellError, Unreachable
from harness.target.target import Capability, Needs, Target
from harness.waiting import Timeout, wait_for

T = TypeVar("T")
DEADLINE = timedelta(seconds=20)
PATIENCE, PAUSE = timedelta(seconds=20), timedelta(seconds=2)
"""How long to repeat the query. A change may still be on its way when the nodes are first asked."""


@dataclass(frozen=True)
class Unknown:
    """The reason why a state is not known."""

    reason: str


Answer = NodeState | Unknown


class FinalState:
    """Notes each node's state at the beginning and the end, and compares the copies of disks."""

    name = "final_state"
    watching = Watching(longest_hole_s=60)
    needs = Needs({Capability.HOST, Capability.BASELINE})

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self._target = target
        self._timeline = timeline
        self._beginning: Mapping[str, Answer] = {}

    def start(self) -> None:
        """Note every node's state. The nodes are queried once for each checkpoint.

        Raises:
            LabError: the lab has ended.
        """
        stored = beginning.load(self._target)
        self._beginning = stored or self._ask_all()
        if not stored and (states := _states(self._beginning)).keys() == self._beginning.keys():
            beginning.store(self._target, states)
        self._note("beginning", self._beginning)

    def before_fault(self) -> None:
        """Nothing to prepare."""

    def stop(self) -> None:
        """Nothing runs between the beginning and the end."""

    def collect(self) -> None:
        """Note the final state if the cluster recovered. Never raises: gaps are put on record."""
        if not self._timeline.knows(Recovered):
            return
        try:
            with ThreadPoolExecutor(1, thread_name_prefix=self.name) as beside:
                copies = beside.submit(self._compare_copies)
                sentence = "every node is as it was at the beginning"
                self._note("end", _last_answer(sentence, self._ask_all, self._as_before))
                copies.result()
        except (LabError, OSError) as error:
            reason = f"the final state cannot be seen: {first_line(error)}"
            self._timeline.note(Failure(reason=reason, blame="lab"))

    def _ask_all(self) -> dict[str, Answer]:
        return self._target.shell.each(self._target.plan.nodes.values(), self._ask)

    def _ask(self, node: NodePlan) -> Answer:
        try:
            if self._target.is_off(node):
                raise Unreachable(f"{node}: no power")
            answer = self._target.shell.check(node, QUERY, deadline=DEADLINE)
            return parse_node_state(node.name, answer)
        except (ShellError, Unreadable) as error:
            return Unknown(first_line(error))

    def _note(self, moment: Moment, answers: Mapping[str, Answer]) -> None:
        for node, answer in answers.items():
            if isinstance(answer, Unknown):
                self._note_blind(node, answer.reason)
                continue
            self._timeline.note(
                Configuration(
                    moment=moment, node=node, elements=answer.elements, files=answer.files
                )
            )
            self._timeline.note(Traces(moment=moment, node=node, found=answer.traces))

    def _note_blind(self, part: str, reason: str) -> None:
        self._timeline.note(Blind(observer=self.name, part=part, reason=reason))

    def _as_before(self, answers: Mapping[str, Answer]) -> bool:
        """Return whether every node answers, all CIBs are equal, and nothing is new."""
        states, before = _states(answers), _states(self._beginning)
        return (
            states.keys() == answers.keys()
            and all(one.elements == other.elements for one, other in pairwise(states.values()))
            and all(_unchanged(before[node], states[node]) for node in before)
        )

    def _compare_copies(self) -> None:
        differ = _last_answer(
            "both copies of each disk are equal", self._differences, _none_differs
        )
        if isinstance(differ, Unknown):
            for guest in self._target.plan.guests:
                self._note_blind(guest, differ.reason)
            return
        self._timeline.note(CopiesCompared(differ=differ))
        for guest in self._target.plan.guests.keys() - differ.keys():
            self._note_blind(guest, "it has no linear volume on both data nodes")

    def _differences(self) -> dict[str, int | None] | Unknown:
        try:
            return self._target.host.compare_copies()
        except ShellError as error:
            return Unknown(first_line(error))


def _states(answers: Mapping[str, Answer]) -> dict[str, NodeState]:
    return {node: answer for node, answer in answers.items() if isinstance(answer, NodeState)}


def _unchanged(before: NodeState, after: NodeState) -> bool:
    same = (before.elements, before.files) == (after.elements, after.files)
    return same and set(after.traces) <= set(before.traces)


def _none_differs(offsets: Mapping[str, int | None] | Unknown) -> bool:
    if isinstance(offsets, Unknown):
        return False
    return all(offset is None for offset in offsets.values())


def _last_answer(sentence: str, ask: Callable[[], T], wanted: Callable[[T], bool]) -> T:
    """Repeat `ask` until `wanted` accepts the answer, or for `PATIENCE`. Return the last answer."""
    answers: list[T] = []

    def again() -> T:
        answers.append(ask())
        return answers[-1]

    with suppress(Timeout):
        wait_for(sentence, again, wanted, within=PATIENCE, every=PAUSE)
    return answers[-1]
