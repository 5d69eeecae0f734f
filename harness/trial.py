"""One test from its first observation to its verdict."""

import json
from datetime import timedelta
from pathlib import Path

from harness.cluster.cluster import Broken, Cluster
from harness.cluster.conditions import settled
from harness.errors import Invalid, LabError
from harness.judge.judgement import Judgement, Verdict
from harness.judge.validity import starved
from harness.judge.verdict import judge
from harness.observe.agents import Watches
from harness.observe.final_state import look_at_end
from harness.observe.host_load import Pace
from harness.observe.http_probe import Probes
from harness.observe.icmp_probe import Pings
from harness.observe.journal import Journals
from harness.observe.power_log import PowerLog
from harness.observe.write_workload import Ledger
from harness.progress import log, reporter
from harness.report.story import story
from harness.report.verdicts import VERDICT, told
from harness.waiting import Timeout

REJOINING = timedelta(minutes=12)
"""A fenced node boots, rejoins and resynchronises; emulation needs about a minute."""


class Trial:
    """Observes the cluster while a test's body harms it; then has the record judged, once."""

    def __init__(self, cluster: Cluster, probes: Probes, folder: Path, *, freeze: bool) -> None:
        self.folder = folder
        self._name = f"{folder.parent.name}/{folder.name}"
        self._freeze = freeze
        self._cluster = cluster
        self._timeline = cluster.timeline
        self._probes = probes
        lab, guests = cluster.lab, cluster.lab.plan.guests.values()
        self._watches = Watches(lab, self._timeline)
        after = timedelta(milliseconds=lab.timings.echo_period_ms)
        self._pings = Pings(guests, self._timeline, after=after)
        self._ledger = Ledger(guests, self._timeline)
        self._journals = Journals(lab, self._timeline)
        self._power = PowerLog(lab, self._timeline)
        self._pace = Pace(lab, self._timeline)
        self._judgement: Judgement | None = None

    def begin(self) -> None:
        """Look from all sides, from now on.

        Raises:
            Unreachable, Timeout: something cannot be observed.
            Invalid: the lab is too slow to begin with.
        """
        self._power.start()
        self._pace.start()
        self._pings.start()
        self._journals.begin()
        self._watches.start()
        self._ledger.start()
        if reasons := starved(self._timeline.events()):
            raise Invalid("; ".join(reasons))

    def brace(self) -> None:
        """A fault is about to strike.

        Raises:
            Invalid: the guests take no writes, so nobody could tell what is lost.
        """
        if self._timeline.knows("injecting"):
            return  # since the first one strikes, the record is judged as one
        try:
            self._ledger.hurry()
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None

    def passed(self) -> None:
        """The body kept its word: wait until all is well again, then judge.

        Raises:
            Timeout: the cluster does not settle.
            Broken: it broke a promise.
            Invalid: the lab could not run an honest test.
        """
        self._cluster.wait_until(settled(self._cluster.lab.plan), within=REJOINING)
        self._timeline.note("harness", "mended")
        _raise(self.judge())

    def failed(self, error: BaseException) -> None:
        """The body, or what is owed after it, failed, and its evidence is kept: judge it.

        Raises:
            Invalid: the lab could not run an honest test, so the failure says nothing.
        """
        if self._judgement is None:
            kind = "invalid" if isinstance(error, Invalid) else "failed"
            self._timeline.note("harness", kind, reason=_first_line(error))
        judgement = self.judge()
        if judgement.verdict is Verdict.INVALID:
            raise Invalid("; ".join(judgement.reasons)) from None
        if self._freeze:
            self._freeze_lab()

    def _freeze_lab(self) -> None:
        try:
            self._cluster.lab.freeze(self._name)
        except LabError as error:
            log.warning("not frozen: %s", error)
        else:
            way_back = f"frozen: quorate thaw '{self._name}'"
            reporter.console.print(way_back, markup=False, soft_wrap=True)

    def judge(self) -> Judgement:
        """Look away, read what the stores and the journals hold, and judge it all; once."""
        if self._judgement is None:
            self.stop()
            self._ledger.read()
            self._journals.read()
            if self._timeline.knows("mended"):
                look_at_end(self._cluster.lab, self._timeline)
            self._judgement = judge(self._timeline.events())
            text = json.dumps(self._judgement.plain(), indent=1)
            (self.folder / VERDICT).write_text(text + "\n")
        return self._judgement

    def tells(self) -> dict[str, str]:
        """In lines for a person: the test's story, and the verdict once there is one."""
        texts = {"story": story(self._timeline.events())}
        if self._judgement:
            texts["verdict"] = [*told(self._judgement.plain()), f"kept: reports/{self._name}"]
        return {title: "\n".join(lines) for title, lines in texts.items()}

    def stop(self) -> None:
        """Look away; harmless when repeated."""
        self._probes.stop()
        self._pings.stop()
        self._ledger.stop()
        self._watches.stop()
        self._power.stop()
        self._pace.stop()


def _raise(judgement: Judgement) -> None:
    reasons = "; ".join(judgement.reasons)
    if judgement.verdict is Verdict.INVALID:
        raise Invalid(reasons)
    if judgement.verdict is Verdict.FAIL:
        raise Broken(reasons)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
