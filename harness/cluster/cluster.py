"""The cluster under test: one status, one wait, one hold; and who is who."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from harness.cluster.conditions import Condition
from harness.cluster.status import ClusterStatus
from harness.cluster.survey import SURVEY, VIEW, parse_pacemaker, parse_survey
from harness.errors import ClusterError
from harness.plan.plan import GuestPlan, NodePlan
from harness.record.events import (
    Blind,
    ClusterView,
    ConditionMet,
    ExpectedError,
    FaultInjecting,
    NodeSurvey,
    Opened,
)
from harness.record.status import NodeStatus, Pacemaker
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Target
from harness.waiting import wait_for

SURVEY_DEADLINE = timedelta(seconds=20)
POLL = timedelta(seconds=5)
"""At this pace a look costs an emulated node a few hundredths of its processor; what must not be
missed in between is seen by the observers."""


class Broken(ClusterError):
    """Something that had to hold did not; the message has the moment and the view."""


class _Answer(NamedTuple):
    survey: NodeStatus | None
    view: Pacemaker | None


class Cluster:
    """Two data nodes and an arbitrator, as they are."""

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self.target = target
        self.timeline = timeline

    @property
    def arbitrator(self) -> NodePlan:
        """The node that only votes."""
        return self.target.plan.arbitrator

    @property
    def nodes(self) -> tuple[NodePlan, ...]:
        """All three."""
        return tuple(self.target.plan.nodes.values())

    def status(self) -> ClusterStatus:
        """Ask all nodes that have power, at once; a node that does not answer is None."""
        answers = self.target.shell.each(self.nodes, self._ask)
        surveys = {name: survey for name, (survey, _) in answers.items()}
        return ClusterStatus(surveys, answers[self.arbitrator.name].view or self._view(surveys))

    def host_of(self, guest: GuestPlan) -> NodePlan:
        """The data node that runs the guest now.

        Raises:
            Broken: it runs nowhere, or on several nodes.
        """
        status = self.status()
        hosts = status.running(guest.name)
        if len(hosts) != 1:
            raise Broken(f"{guest} runs on {' and '.join(hosts) or 'no node'}: {status}")
        return self.target.plan.nodes[hosts[0]]

    def peer_of(self, node: NodePlan) -> NodePlan:
        """The other data node."""
        return next(other for other in self.target.plan.data_nodes if other != node)

    def wait_until(
        self, condition: Condition, *, within: timedelta | None = None, every: timedelta = POLL
    ) -> ClusterStatus:
        """Look at the whole cluster until the condition holds; the snapshot in which it did.

        Without `within` it waits as long as the profile has patience.

        Example:
            cluster.wait_until(fenced(victim) & runs_on(guest, survivor))

        Raises:
            Timeout: names the condition, the time waited, and the last snapshot.
            Impossible: in a test, a node was fenced that no fault of it may get fenced.
        """
        seen = wait_for(
            condition.sentence,
            self.status,
            condition.holds,
            within=within or self.target.timings.patience,
            every=every,
            impossible=self._unmeant_fencing,
        )
        self.timeline.note(ConditionMet(sentence=condition.sentence))
        return seen

    def holds(self, condition: Condition, *, throughout: timedelta) -> None:
        """See that the condition holds in every snapshot of that time; absence is a test too.

        Raises:
            Broken: at the first snapshot in which it does not.
        """
        end = time.monotonic() + throughout.total_seconds()
        while True:
            status = self.status()
            if not condition.holds(status):
                raise Broken(f"did not hold: {condition.sentence}; seen: {status}")
            if time.monotonic() >= end:
                return
            time.sleep(POLL.total_seconds())

    def expects(self, pattern: str, why: str) -> None:
        """From now on, lines of the journals in which the pattern is found are no trouble.

        It is searched in `who: text`, as `kernel: drbd web: ...`; `why` is for who reads the test.

        Raises:
            re.error: it is no pattern.
        """
        re.compile(pattern)
        self.timeline.note(ExpectedError(pattern=pattern, why=why))

    def _unmeant_fencing(self, status: ClusterStatus) -> str | None:
        """Which nodes were fenced though no fault meant them; None when none was.

        Asked within a test alone: while the cluster is built, a node may be fenced as it joins,
        and the history is wiped before the checkpoint is made.
        """
        if not self.timeline.knows(Opened):
            return None
        meant = {node for fault in self.timeline.of(FaultInjecting) for node in fault.may_be_fenced}
        fenced = {f.target for f in status.view.fencings if f.status == "success"}
        if not (unmeant := sorted(fenced - meant)):
            return None
        return f"{' and '.join(unmeant)} {'were' if unmeant[1:] else 'was'} fenced, nobody meant it"

    def _ask(self, node: NodePlan) -> "_Answer":
        """A node's survey; the arbitrator is asked for its view too, it has the least to do."""
        survey = self._survey(node)
        asked_for_view = survey is not None and node == self.arbitrator
        return _Answer(survey, self._view_of(node) if asked_for_view else None)

    def _survey(self, node: NodePlan) -> NodeStatus | None:
        if self.target.is_off(node):
            self._note_blind(node, "no power")
            return None
        try:
            answer = self.target.shell.run(node, SURVEY, deadline=SURVEY_DEADLINE)
        except Unreachable as error:
            self._note_blind(node, str(error))
            return None
        minors = {guest.minor: guest.name for guest in self.target.plan.guests.values()}
        status = parse_survey(answer.stdout, minors)
        self.timeline.note(NodeSurvey(node=node.name, status=status))
        return status

    def _view(self, surveys: Mapping[str, NodeStatus | None]) -> Pacemaker:
        """The first quorate data node's view, for the arbitrator has none."""
        for node in self.target.plan.data_nodes:
            if surveys[node.name] and (view := self._view_of(node)):
                return view
        return Pacemaker()

    def _view_of(self, node: NodePlan) -> Pacemaker | None:
        """What a node's Pacemaker sees; None when it does not answer, or is not quorate."""
        try:
            answer = self.target.shell.run(node, VIEW, deadline=SURVEY_DEADLINE)
        except Unreachable:
            return None
        view = parse_pacemaker(answer.stdout)
        if not view.quorate:
            return None
        return self.timeline.note(ClusterView(node=node.name, view=view)).view

    def _note_blind(self, node: NodePlan, reason: str) -> None:
        self.timeline.note(Blind(observer="survey", part=node.name, reason=reason))
