"""The cluster under test: one status, one wait, one hold; and who is who."""

import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from harness.cluster.conditions import Condition
from harness.cluster.status import ClusterStatus
from harness.cluster.survey import SURVEY, VIEW, parse_pacemaker, parse_survey
from harness.errors import ClusterError
from harness.lab.lab import Lab
from harness.lab.shell import Unreachable
from harness.plan import GuestPlan, NodePlan
from harness.record.status import NodeStatus, Pacemaker
from harness.record.timeline import Timeline
from harness.waiting import wait_for

SURVEY_DEADLINE = timedelta(seconds=20)
POLL = timedelta(seconds=5)
"""At this pace a look costs an emulated node a few hundredths of its processor; what must not be
missed in between is seen by the observers."""


class Broken(ClusterError):
    """Something that had to hold did not; the message has the moment and the view."""


class Cluster:
    """Two data nodes and an arbitrator, as they are."""

    def __init__(self, lab: Lab, timeline: Timeline) -> None:
        self.lab = lab
        self.timeline = timeline

    @property
    def arbitrator(self) -> NodePlan:
        """The node that only votes."""
        return self.lab.plan.arbitrator

    @property
    def nodes(self) -> tuple[NodePlan, ...]:
        """All three."""
        return tuple(self.lab.plan.nodes.values())

    def status(self) -> ClusterStatus:
        """Ask all nodes that have power, at once; a node that does not answer is None."""
        answers = self.lab.shell.each(self.nodes, self._survey)
        return ClusterStatus(answers, self._view(answers))

    def host_of(self, guest: GuestPlan) -> NodePlan:
        """The data node that runs the guest now.

        Raises:
            Broken: it runs nowhere, or on several nodes.
        """
        status = self.status()
        hosts = status.running(guest.name)
        if len(hosts) != 1:
            raise Broken(f"{guest} runs on {' and '.join(hosts) or 'no node'}: {status}")
        return self.lab.plan.nodes[hosts[0]]

    def peer_of(self, node: NodePlan) -> NodePlan:
        """The other data node."""
        return next(other for other in self.lab.plan.data_nodes if other != node)

    def wait_until(
        self, condition: Condition, *, within: timedelta, every: timedelta = POLL
    ) -> ClusterStatus:
        """Look at the whole cluster until the condition holds; the snapshot in which it did.

        Raises:
            Timeout: names the condition, the time waited, and the last snapshot.
        """
        seen = wait_for(
            condition.sentence, self.status, condition.holds, within=within, every=every
        )
        self.timeline.note("harness", "condition", sentence=condition.sentence)
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
        self.timeline.note("harness", "expected", pattern=pattern, why=why)

    def _survey(self, node: NodePlan) -> NodeStatus | None:
        if not self.lab.hypervisor.is_running(node.name):
            self._note(node, None, "no power")
            return None
        try:
            said = self.lab.shell.run(node, SURVEY, deadline=SURVEY_DEADLINE)
        except Unreachable as error:
            self._note(node, None, str(error))
            return None
        minors = {guest.minor: guest.name for guest in self.lab.plan.guests.values()}
        status = parse_survey(said.stdout, minors)
        self._note(node, status)
        return status

    def _view(self, answers: Mapping[str, NodeStatus | None]) -> Pacemaker:
        """The first quorate node's view; the arbitrator is asked first, it has the least to do."""
        for node in (self.arbitrator, *self.lab.plan.data_nodes):
            if answers[node.name] is None:
                continue
            try:
                said = self.lab.shell.run(node, VIEW, deadline=SURVEY_DEADLINE)
            except Unreachable:
                continue
            view = parse_pacemaker(said.stdout)
            if view.quorate:
                self.timeline.note("survey", "view", node=node.name, **asdict(view))
                return view
        return Pacemaker()

    def _note(self, node: NodePlan, status: NodeStatus | None, blind: str | None = None) -> None:
        """A node's answer, or the gap that it leaves, is an event of its own."""
        detail = asdict(status) if status else {"blind": blind}
        self.timeline.note("survey", "status" if status else "blind", node=node.name, **detail)
