"""One test from its first observation to its verdict; knows no pytest."""

import shutil
import time
import uuid
from datetime import timedelta
from pathlib import Path

from harness.cluster.cluster import Broken, Cluster
from harness.cluster.conditions import nothing_failed, settled
from harness.errors import ClusterError, Invalid, LabError, first_line
from harness.judge.fitness import MOST_STRANGERS_BEFORE, WINDOW_S, host_unfit
from harness.judge.judgement import Judgement, Verdict
from harness.judge.verdict import judge
from harness.observe.http_probe import GuestClient
from harness.observe.observation import Observation
from harness.observe.stores import stores_of
from harness.progress import log, reporter
from harness.record.events import Blame, Failure, HostLoad, Opened, Recovered, Settled, Write
from harness.report.story import story
from harness.report.verdicts import describe
from harness.runs.store import StoredVerdict, write_verdict
from harness.waiting import Timeout, wait_until

AGAIN = timedelta(seconds=1)
FITNESS = timedelta(minutes=2)
"""How long an unfit lab is waited for, before anything is done to it."""


class Trial:
    """Observes the cluster while a test's body harms it; then has the record judged, once."""

    def __init__(self, cluster: Cluster, folder: Path, *, freeze: bool = False) -> None:
        """Raises Unsupported for a target that cannot be observed from all sides."""
        self.folder = folder
        self._name = f"{folder.parent.name}/{folder.name}"
        self._freeze = freeze
        self._cluster = cluster
        self._timeline = cluster.timeline
        self._judgement: Judgement | None = None
        self._run = uuid.uuid4().hex[:8]
        guests = cluster.target.plan.guests.values()
        self._stores = tuple(store.name for guest in guests for store in stores_of(guest))
        self._observation = Observation(cluster.target, cluster.timeline, run=self._run)

    @property
    def clients(self) -> dict[str, GuestClient]:
        """Each guest as its clients see it."""
        return self._observation.clients

    def begin(self) -> None:
        """Look from all sides, from now on, as soon as the lab is fit.

        Raises:
            LabError: something cannot be observed.
            ClusterError: the cluster takes no writes, or does not answer.
            Invalid: the lab stays unfit.
        """
        self._timeline.note(self._opened())
        self._observation.begin(self._verify)
        if self._unfit():
            self._wait_until_fit()
        self._timeline.note(Settled())

    def before_fault(self) -> None:
        """A fault is about to be injected.

        Raises:
            ClusterError: the guests take no writes.
        """
        self._observation.before_fault()

    def passed(self) -> None:
        """The body passed: wait until all is well again, then judge.

        Raises:
            Timeout: the cluster does not settle.
            Broken: it broke a promise.
            Invalid: the lab could not run an honest test.
        """
        self.recover()
        self._raise(self.judge())

    def recover(self) -> None:
        """Wait until the cluster is settled and every guest serves reads and writes again.

        Raises:
            Timeout: names what is missing.
        """
        target, timings = self._cluster.target, self._cluster.target.timings
        self._cluster.wait_until(settled(target.plan), within=timings.rejoin_patience)
        settled_s = time.monotonic()
        for client in self.clients.values():
            client.wait_until_answered()
        served = "each store acknowledges a write"
        wait_until(served, lambda: self._written_since(settled_s), within=timings.patience)
        self._timeline.note(Recovered())

    def failed(self, error: BaseException) -> None:
        """The body, or what is owed after it, failed, and its evidence is taken: judge it.

        Raises:
            Invalid: the lab could not run an honest test, so the failure tells nothing.
        """
        if self._judgement is None:
            self._timeline.note(Failure(reason=first_line(error), blame=blame(error)))
        judgement = self.judge()
        if judgement.verdict is Verdict.INVALID:
            raise Invalid("; ".join(judgement.reasons)) from None
        if self._freeze:
            self._freeze_lab()

    def amend(self, error: BaseException) -> None:
        """What went wrong after the verdict, in the teardown, belongs to the verdict too."""
        if self._judgement is None:
            return
        self._timeline.amend(Failure(reason=first_line(error), blame=blame(error)))
        self._judgement = judge(self._timeline.record())
        write_verdict(self.folder, self._judgement)

    def judge(self) -> Judgement:
        """Look away, note what stores and journals hold, and judge it all; once."""
        if self._judgement is None:
            self._observation.read()
            self._timeline.close()
            self._judgement = judge(self._timeline.record())
            write_verdict(self.folder, self._judgement)
        return self._judgement

    def describe(self) -> dict[str, str]:
        """For a person: the test's story, and the verdict once there is one."""
        texts = {"story": story(self._timeline.record())}
        if self._judgement:
            lines = [*describe(StoredVerdict.of(self._judgement)), f"stored: reports/{self._name}"]
            texts["verdict"] = lines
        return {title: "\n".join(lines) for title, lines in texts.items()}

    def stop(self) -> None:
        """End the observers, but for the power log; harmless when repeated."""
        self._observation.stop()

    def close(self) -> None:
        """End all that observes, whether or not it was judged; harmless when repeated."""
        self._observation.close()

    def discard(self) -> None:
        """Leave no record of a test that was skipped before it injected a fault."""
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
        )

    def _unfit(self) -> list[str]:
        """Of the last seconds; of those that there are when the observers have just started."""
        since_s = time.monotonic() - WINDOW_S - 1
        recent = [load for load in self._timeline.of(HostLoad) if load.at_s >= since_s]
        # A little less than their sum, which may be rounded up when it is added in another order.
        window_s = min(WINDOW_S, 0.999 * sum(load.seconds for load in recent))
        token_s, most = self._cluster.target.plan.corosync.token_ms / 1000, MOST_STRANGERS_BEFORE
        return [*host_unfit(recent, token_s, window_s=window_s, most_strangers=most)]

    def _verify(self) -> None:
        healthy = settled(self._cluster.target.plan) & nothing_failed()
        within = self._cluster.target.timings.restored_patience
        self._cluster.wait_until(healthy, within=within, every=AGAIN)

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
                wait_until("this machine is free for the lab", fit, within=FITNESS)
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
            way_back = f"frozen: quorate thaw '{self._name}'"
            reporter.console.print(way_back, markup=False, soft_wrap=True)


def blame(error: BaseException) -> Blame:
    """Whose failure that is: what is no broken promise is the lab's."""
    return "cluster" if isinstance(error, ClusterError | AssertionError) else "lab"
