"""A stage for trials: fake cluster and fake observers that record their calls."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cluster.cluster import Cluster
from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan
from harness.record.timeline import Timeline
from harness.target.target import Needs
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeClock
from suites.selftest.records import OBSERVERS
from suites.selftest.views import healthy

CLASSES = {
    "HttpProbe": "http_probe",
    "IcmpProbe": "icmp_probe",
    "WriteWorkload": "write_workload",
    "NodeAgents": "node_agent",
    "Journals": "journals",
    "Consoles": "consoles",
    "HostLoad": "host_load",
    "PowerLog": "power_log",
    "FinalState": "final_state",
}
"""Name of each observer by the name of its class in harness.observe.observation."""


class Stage:
    """Records the calls of a trial's observers and cluster, and defines their effects."""

    def __init__(self, plan: Plan, lab: FakeLab, clock: FakeClock, record: Path) -> None:
        self.plan, self.lab, self.clock, self.record = plan, lab, clock, record
        self.timeline = Timeline(record)
        self.status = healthy(plan)
        self.done: list[str] = []
        self.acts: dict[str, Callable[[], object]] = {}
        """Additional effects of calls, by `observer call`."""
        self.given: dict[str, dict[str, object]] = {}
        """Keyword arguments with which observers were made, by observer."""
        self.cluster = FakeCluster(self)
        lab.shell.answer("^crm_resource --wait")

    def call(self, what: str) -> None:
        """Record a call, and execute its effect."""
        self.done.append(what)
        if act := self.acts.get(what):
            act()

    def calls(self, call: str) -> list[str]:
        """Return the observers that got a call, sorted, because some calls are concurrent."""
        return sorted(name for name, _, done in map(_parts, self.done) if done == call)

    def fails(self, what: str, error: BaseException) -> None:
        """Make a call raise an error."""

        def fail() -> None:
            raise error

        self.acts[what] = fail


def _parts(done: str) -> tuple[str, str, str]:
    return done.partition(" ")


class FakeCluster(Cluster):
    """A cluster that reports the status of its stage."""

    target: FakeLab

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.lab, stage.timeline)
        self._stage = stage

    def status(self) -> ClusterStatus:
        self._stage.call("cluster status")
        return self._stage.status


class FakeClient:
    """A guest's client that is answered at once."""

    def __init__(self, guest: str, stage: Stage) -> None:
        self._guest, self._stage = guest, stage

    def __str__(self) -> str:
        return f"client of {self._guest}"

    def wait_until_answered(self) -> None:
        self._stage.call(f"{self._guest} answered")


class FakeObserver:
    """An observer that records its calls."""

    def __init__(self, name: str, stage: Stage) -> None:
        self.name, self.watching, self.needs = name, OBSERVERS[name], Needs()
        self.of = {guest: FakeClient(guest, stage) for guest in stage.plan.guests}
        """Each guest's client. Only the real HTTP probe has it."""
        self._stage = stage

    def start(self) -> None:
        self._stage.call(f"{self.name} start")

    def before_fault(self) -> None:
        self._stage.call(f"{self.name} before_fault")

    def stop(self) -> None:
        self._stage.call(f"{self.name} stop")

    def collect(self) -> None:
        self._stage.call(f"{self.name} collect")


def fake_observers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every trial fake observers and the stage's clock."""

    def replace(of: str, name: str) -> None:
        def make(_: object, timeline: Timeline, **given: object) -> FakeObserver:
            assert timeline is stage.timeline
            stage.given[name] = given
            return FakeObserver(name, stage)

        monkeypatch.setattr(f"harness.observe.observation.{of}", make)

    for of, name in CLASSES.items():
        replace(of, name)
    monkeypatch.setattr("harness.trial.time", stage.clock)
