"""The cluster under test: its roles, its status, and waiting for conditions."""

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
    DomainChange,
    ExpectedError,
    FaultInjecting,
    FencingAllowed,
    KnownGap,
    NodeSurvey,
    Opened,
)
from harness.record.status import NodeStatus, Pacemaker
from harness.record.timeline import Timeline
from harness.target.shell import Unreachable
from harness.target.target import Target
from harness.waiting import Timeout, wait_for

SURVEY_DEADLINE = timedelta(seconds=20)
POLL = timedelta(seconds=5)
"""Time between two snapshots. At this rate they cost an emulated node a few hundredths of its
processor. The observers record what happens in between."""


class Broken(ClusterError):
    """A condition that had to hold did not. The message has the last snapshot."""


class _Answer(NamedTuple):
    survey: NodeStatus | None
    view: Pacemaker | None


class Cluster:
    """The cluster under test: two data nodes and an arbitrator. The fixture `cluster` is one.

    Tests ask for a role, never for a node's name.

    Example:
        victim = cluster.host_of(guest)
        survivor = cluster.peer_of(victim)
    """

    def __init__(self, target: Target, timeline: Timeline) -> None:
        self.target = target
        self.timeline = timeline

    @property
    def arbitrator(self) -> NodePlan:
        """The arbitrator: it votes and fences, and holds no replica."""
        return self.target.plan.arbitrator

    @property
    def nodes(self) -> tuple[NodePlan, ...]:
        """All three nodes."""
        return tuple(self.target.plan.nodes.values())

    def status(self) -> ClusterStatus:
        """Ask all nodes that have power, in parallel. A node that does not answer is None.

        Example:
            assert settled(cluster.target.plan).holds(cluster.status())
        """
        answers = self.target.shell.each(self.nodes, self._ask)
        surveys = {name: survey for name, (survey, _) in answers.items()}
        return ClusterStatus(surveys, answers[self.arbitrator.name].view or self._view(surveys))

    def host_of(self, guest: GuestPlan) -> NodePlan:
        """Return the data node that runs the guest now.

        Raises:
            Broken: the guest runs nowhere, or on several nodes.
        """
        status = self.status()
        hosts = status.running(guest.name)
        if len(hosts) != 1:
            raise Broken(f"{guest} runs on {' and '.join(hosts) or 'no node'}: {status}")
        return self.target.plan.nodes[hosts[0]]

    def ends_of(self, guest: GuestPlan) -> list[str]:
        """Return how each process of the guest ended in this test, as libvirt on its node saw it.

        `Stopped Shutdown` is a guest that shut down, `Stopped Destroyed` one that was killed.

        Example:
            assert cluster.ends_of(guest) == ["Stopped Shutdown"]
        """
        changes = (e for e in self.timeline.of(DomainChange) if e.guest == guest.name)
        return [change.detail for change in changes if change.detail.startswith("Stopped ")]

    def peer_of(self, node: NodePlan) -> NodePlan:
        """Return the other data node."""
        return next(other for other in self.target.plan.data_nodes if other != node)

    def wait_until(
        self, condition: Condition, *, within: timedelta | None = None, every: timedelta = POLL
    ) -> ClusterStatus:
        """Take snapshots until the condition holds, and return the last one.

        The default of `within` is the profile's `Timings.patience`.

        Example:
            cluster.wait_until(fenced(victim) & runs_on(guest, survivor))

        Raises:
            Timeout: names the condition, the time waited, and the last snapshot.
            Impossible: in a test, a node was fenced and no injected fault allows that.
        """
        seen = wait_for(
            condition.sentence,
            self.status,
            condition.holds,
            within=within or self.target.timings.patience,
            every=every,
            impossible=self._unintended_fencing,
        )
        self.timeline.note(ConditionMet(sentence=condition.sentence))
        return seen

    def wait_for_pacemaker(self, *, within: timedelta) -> None:
        """Wait until Pacemaker has nothing left to do, not even what it has yet to begin.

        A snapshot may lie between two transitions, so it does not show this. crm_resource(8) with
        `--wait` asks the scheduler.

        Raises:
            Timeout: Pacemaker still has something to do.
        """
        begin_s, limit_s = time.monotonic(), within.total_seconds()
        command = f"crm_resource --wait --timeout={limit_s:.0f}s"
        # The command ends by itself. Twice its limit also allows for a slow scheduler.
        done = self.target.shell.run(self.arbitrator, command, deadline=2 * within)
        if not done.ok:
            waited_s = time.monotonic() - begin_s
            reason = done.stderr.strip() or done.stdout.strip()
            raise Timeout(f"not in {waited_s:.0f} s: Pacemaker has nothing left to do; {reason}")

    def holds(self, condition: Condition, *, throughout: timedelta) -> None:
        """Check that the condition holds in every snapshot for that time.

        Use it to check that something does not happen.

        Example:
            cluster.holds(nobody_fenced_but(victim), throughout=timedelta(seconds=30))

        Raises:
            Broken: at the first snapshot in which the condition does not hold.
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
        """Expect log lines that match a regular expression, from now on in this test.

        The expression is searched in `who: text`, for example `kernel: drbd web: ...`. `why` states
        the reason for the reader of the test.

        Example:
            cluster.expects(r"^kernel: EXT4-fs error", "the test breaks a disk")

        Raises:
            re.error: the expression is not valid.
        """
        re.compile(pattern)
        self.timeline.note(ExpectedError(pattern=pattern, why=why))

    def known_gap(self, pattern: str, why: str, remedy: str) -> None:
        """State a promise that the stack under test cannot keep in this test.

        The regular expression is searched in each reason for a failed verdict. A reason that
        matches is reported as a known gap, and does not fail the test. If the test ends well
        without one, it fails: the gap has closed. A second copy of a guest, a second primary and
        a lost write are never known gaps. `why` is the fact of the stack behind it, `remedy` what
        a person can do about it.

        Example:
            cluster.known_gap(
                "^I4: web ran on",
                "a guest whose writes DRBD holds does not shut down",
                "a shorter timeout of its stop operation shortens it",
            )

        Raises:
            re.error: the expression is not valid.
        """
        re.compile(pattern)
        self.timeline.note(KnownGap(pattern=pattern, why=why, remedy=remedy))

    def allow_fencing(self, node: NodePlan, why: str) -> None:
        """Allow that a node is fenced once in this test, though no fault hits it.

        `why` is the fact of the stack that makes it right.

        Example:
            cluster.allow_fencing(last, "its guest cannot be stopped while DRBD holds its writes")
        """
        self.timeline.note(FencingAllowed(node=node.name, why=why))

    def _unintended_fencing(self, status: ClusterStatus) -> str | None:
        """Return which nodes were fenced though no fault allows it, or None.

        It applies only within a test. While the cluster is built, a node may be fenced as it joins;
        the history is wiped before the checkpoint is made.
        """
        if not self.timeline.knows(Opened):
            return None
        intended = {
            node for fault in self.timeline.of(FaultInjecting) for node in fault.may_be_fenced
        } | {allowed.node for allowed in self.timeline.of(FencingAllowed)}
        fenced = {f.target for f in status.view.fencings if f.status == "success"}
        if not (unintended := sorted(fenced - intended)):
            return None
        were = "were" if unintended[1:] else "was"
        return f"{' and '.join(unintended)} {were} fenced, no fault intended it"

    def _ask(self, node: NodePlan) -> "_Answer":
        """Survey a node. The arbitrator is also asked for its view: it has the least load."""
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
        """Return the view of the first quorate data node, because the arbitrator has none."""
        for node in self.target.plan.data_nodes:
            if surveys[node.name] and (view := self._view_of(node)):
                return view
        return Pacemaker()

    def _view_of(self, node: NodePlan) -> Pacemaker | None:
        """Return the view of a node's Pacemaker; None if it does not answer or is not quorate."""
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
