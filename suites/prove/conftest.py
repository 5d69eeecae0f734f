"""What the harness's own proof needs: a trial whose verdict the test states itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from harness.cluster.cluster import Cluster
from harness.faults.fault import Fault
from harness.faults.inject import Injector
from harness.judge.judgement import Judgement
from harness.plan.plan import GuestPlan
from harness.pytest_plugin.stash import folder_of
from harness.trial import Trial


class Proof:
    """A trial that pytest does not judge: its verdict is what is tested."""

    def __init__(self, cluster: Cluster, trial: Trial) -> None:
        self.cluster = cluster
        self.trial = trial
        self._owed = ExitStack()
        self._injector = Injector(cluster.target, cluster.timeline, ready=trial.before_fault)
        self._owed.callback(self._injector.close)
        self._owed.callback(trial.close)

    @property
    def guest(self) -> GuestPlan:
        """A guest of the plan: one is enough for a proof."""
        return next(iter(self.cluster.target.plan.guests.values()))

    def inject(self, fault: Fault) -> AbstractContextManager[None]:
        """As tests do it."""
        return self._injector(fault)

    def judge_recovered(self) -> Judgement:
        """Wait until all is well again, then judge."""
        self.trial.recover()
        return self.trial.judge()

    def close(self) -> None:
        """End what is observed and lift what was injected."""
        self._owed.close()


@pytest.fixture
def proof(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Proof]:
    """A trial of the living cluster, not begun yet: a test may spoil the cluster first."""
    proof = Proof(cluster, Trial(cluster, folder_of(request.node)))
    yield proof
    proof.close()
