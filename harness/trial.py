"""A trial: one test from its first observation to its verdict, independent of pytest."""

import shutil
import time
import uuid
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from harness.cluster.cluster import Broken, Cluster
from harness.cluster.conditions import nothing_failed, settled
from harness.errors import ClusterError, Invalid, LabError, first_line
from harness.judge.fitness import MOST_STRANGERS_BEFORE, WINDOW_S, host_unfit
from harness.judge.judgement import Judgement, Verdict
from harness.judge.verdict import judge
from harness.judge.violation_watch import ViolationWatch
from harness.observe.http_probe import GuestClient
from harness.observe.observation import Observation
from harness.observe.stores import stores_of
from harness.progress import log, reporter
from harness.record.events import Blame, Failure, HostLoad, Opened, Recovered, Settled, Write
from harness.report.story import story
from harness.report.verdicts import describe
from harness.runs.store import StoredVerdict, write_verdict
from harness.waiting import Timeout, wait_until

CHECK_PERIOD = timedelta(seconds=1)
FITNESS_PATIENCE = timedelta(minutes=2)
"""Limit of the wait for an unfit lab to become fit, before a fault is injected."""


class Trial:
    """Observes the cluster during a test, and judges the record once."""

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        *,
        freeze: bool = False,
        until_broken: Collection[str] = (),
    ) -> None:
        """Prepare the observers. `folder` receives the record and the verdict.

        With `freeze`, the lab of a failed test is frozen. A violation of one of the invariants in
        `until_broken` ends the test at once.

        Raises:
            Unsupported: the target lacks a capability that an observer needs.
        """
        self.folder = folder
        self._name = f"{folder.parent.name}/{folder.name}"
        self._freeze = freeze
        self._cluster = cluster
        self._watch = ViolationWatch(cluster.timeline, until_broken) if until_broken else None
        self._timeline = cluster.timeline
        self._judgement: Judgement | None = None
        self._run = uuid.uuid4().hex[:8]
        guests = cluster.target.plan.guests.values()
        self._stores = tuple(store.name for guest in guests for store in stores_of(guest))
        self._observation = Observation(cluster.target, cluster.timeline, run=self._run)

    @property
    def clients(self) -> dict[str, GuestClient]:
        """The HTTP client of each guest, by the guest's name."""
        return self._observation.clients

    @property
    def cluster_time(self) -> timedelta:
        """Time from the settled cluster to the recovered one, or to now: the test's own time."""
        settled, recovered = self._timeline.of(Settled), self._timeline.of(Recovered)
        if not settled:
            return timedelta()
        end_s = recovered[-1].at_s if recovered else time.monotonic()
        return timedelta(seconds=end_s - settled[0].at_s)

    def begin(self) -> None:
        """Start all observers, and wait until the lab is fit.

        Raises:
            LabError: an observer cannot start.
            ClusterError: the cluster acknowledges no writes, or does not answer.
            Invalid: the lab stays unfit for `FITNESS_PATIENCE`.
        """
        self._timeline.note(self._opened())
        self._observation.begin(self._verify)
        if self._unfit():
            self._wait_until_fit()
        self._timeline.note(Settled())
        if self._watch:
            self._watch.start()

    def before_fault(self) -> None:
        """Prepare the observers for a fault that is about to be injected.

        Raises:
            ClusterError: a store acknowledges no writes.
        """
        self._observation.before_fault()

    def passed(self) -> None:
        """Wait for the recovery after a body that passed, then judge.

        Raises:
            Timeout: the cluster does not settle.
            Broken: the verdict is `fail`.
            Invalid: the verdict is `invalid`.
        """
        self.recover()
        self._raise(self.judge())

    def recover(self) -> None:
        """Wait until the cluster is settled and every guest serves reads and writes again.

        Raises:
            Timeout: the message names what is missing.
        """
        target, timings = self._cluster.target, self._cluster.target.timings
        self._cluster.wait_until(settled(target.plan), within=timings.rejoin_patience)
        self._cluster.wait_for_pacemaker(within=timings.patience)
        self._cluster.wait_until(settled(target.plan), within=timings.patience)
        settled_s = time.monotonic()
        for client in self.clients.values():
            client.wait_until_answered()
        served = "each store acknowledges a write"
        wait_until(served, lambda: self._written_since(settled_s), within=timings.patience)
        self._timeline.note(Recovered())

    def failed(self, error: BaseException) -> bool:
        """Judge a test whose body or recovery failed, after its evidence is collected.

        Returns False if a known gap of the stack explains the failure.

        Raises:
            Invalid: the verdict is `invalid`, so the failure proves nothing about the cluster.
        """
        if self._judgement is None:
            self._timeline.note(Failure(reason=first_line(error), blame=blame(error)))
        judgement = self.judge()
        if judgement.verdict is Verdict.INVALID:
            raise Invalid("; ".join(judgement.reasons)) from None
        failed = judgement.verdict is Verdict.FAIL
        if failed and self._freeze:
            self._freeze_lab()
        return failed

    def amend(self, error: BaseException) -> None:
        """Add a failure of the teardown to the record, and judge it again.

        Does nothing before the first judgement.
        """
        if self._judgement is None:
            return
        self._timeline.amend(Failure(reason=first_line(error), blame=blame(error)))
        self._judgement = judge(self._timeline.record())
        write_verdict(self.folder, self._judgement)

    def judge(self) -> Judgement:
        """Stop the observers, read stores and journals, and judge the record.

        Further calls return the same judgement.
        """
        if self._watch:
            self._watch.stop()
        if self._judgement is None:
            self._observation.read()
            self._timeline.close()
            self._judgement = judge(self._timeline.record())
            write_verdict(self.folder, self._judgement)
        return self._judgement

    def describe(self) -> dict[str, str]:
        """Return the texts for the report: `story`, and `verdict` after the judgement."""
        texts = {"story": story(self._timeline.record())}
        if self._judgement:
            lines = [*describe(StoredVerdict.of(self._judgement)), f"stored: reports/{self._name}"]
            texts["verdict"] = lines
        return {title: "\n".join(lines) for title, lines in texts.items()}

    def stop(self) -> None:
        """Stop all observers but the power log. May be called again."""
        self._observation.stop()

    def close(self) -> None:
        """Stop all observers. May be called again, and before the judgement."""
        self._observation.close()

    def discard(self) -> None:
        """Delete the record of a test that was skipped before it injected a fault."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _opened(self) -> Opened:
        target = self._cluster.target
        return Opened(
            test=self.folder.name,
            run=self._run,
            profile=target.accel,
            nodes={n.name: n.role.value for n in target.plan.nodes.values()},
            guests=tuple(target.plan.guests),
            stores=self._stores,
            observers=self._observation.watching,
            token_s=target.plan.corosync.token_ms / 1000,
            quorum_stop_s=target.timings.quorum_stop_s,
            memory_ns=target.timings.memory_ns,
        )

    def _unfit(self) -> list[str]:
        """Return why the lab was unfit in the last `WINDOW_S` seconds, or as far as observed."""
        since_s = time.monotonic() - WINDOW_S - 1
        recent = [load for load in self._timeline.of(HostLoad) if load.at_s >= since_s]
        # Slightly less than the sum, because a sum in another order may be rounded differently.
        window_s = min(WINDOW_S, 0.999 * sum(load.seconds for load in recent))
        token_s, most = self._cluster.target.plan.corosync.token_ms / 1000, MOST_STRANGERS_BEFORE
        return [*host_unfit(recent, token_s, window_s=window_s, most_strangers=most)]

    def _verify(self) -> None:
        healthy = settled(self._cluster.target.plan) & nothing_failed()
        within = self._cluster.target.timings.restored_patience
        self._cluster.wait_until(healthy, within=within, every=CHECK_PERIOD)

    def _written_since(self, moment_s: float) -> bool:
        writes = [w for w in self._timeline.of(Write) if w.at_s >= moment_s and w.acknowledged_s]
        return {write.store for write in writes} == set(self._stores)

    def _wait_until_fit(self) -> None:
        unfit: list[str] = []

        def fit() -> bool:
            unfit[:] = self._unfit()
            return not unfit

        with reporter.step("waiting until this machine is free for the lab"):
            try:
                wait_until("this machine is free for the lab", fit, within=FITNESS_PATIENCE)
            except Timeout:
                raise Invalid("; ".join(unfit)) from None
            self._verify()

    def _raise(self, judgement: Judgement) -> None:
        reasons = "; ".join(judgement.reasons)
        if judgement.verdict is Verdict.INVALID:
            raise Invalid(reasons)
        if judgement.verdict is Verdict.FAIL:
            raise Broken(reasons)

    def _freeze_lab(self) -> None:
        try:
            self._cluster.target.baseline.freeze(self._name)
        except LabError as error:
            log.warning("not frozen: %s", error)
        else:
            message = f"frozen: quorate thaw '{self._name}'"
            reporter.console.print(message, markup=False, soft_wrap=True)


def blame(error: BaseException) -> Blame:
    """Return `cluster` for the failure of an assertion or of the cluster, else `lab`."""
    return "cluster" if isinstance(error, ClusterError | AssertionError) else "lab"
