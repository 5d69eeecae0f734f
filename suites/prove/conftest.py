"""The fixture for tests of the verdict: a trial whose verdict the test checks."""

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
    """A trial that the plugin does not judge, because its verdict is under test."""

    def __init__(self, cluster: Cluster, trial: Trial) -> None:
        self.cluster = cluster
        self.trial = trial
        self._cleanup = ExitStack()
        self._injector = Injector(cluster.target, cluster.timeline, ready=trial.before_fault)
        self._cleanup.callback(self._injector.close)
        self._cleanup.callback(trial.close)

    @property
    def guest(self) -> GuestPlan:
        """The first guest of the plan."""
        return next(iter(self.cluster.target.plan.guests.values()))

    def inject(self, fault: Fault) -> AbstractContextManager[None]:
        """Inject a fault, like the fixture `inject`."""
        return self._injector(fault)

    def judge_recovered(self) -> Judgement:
        """Wait until the cluster has recovered, then judge."""
        self.trial.recover()
        return self.trial.judge()

    def close(self) -> None:
        """Stop the observers, and lift the faults that are still in place."""
        self._cleanup.close()


@pytest.fixture
def proof(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Proof]:
    """A trial that has not begun yet, so that a test can break the cluster first."""
    proof = Proof(cluster, Trial(cluster, folder_of(request.node)))
    yield proof
    proof.close()
