"""The HTTP probe: requests to all guests at 10 Hz, or less if they do not answer."""

import asyncio
import re
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

import httpx

from harness.errors import Invalid
from harness.observe.backoff import Backoff
from harness.observe.blame import raise_if_ours, wait_while_observed
from harness.observe.observer import observer_thread
from harness.observe.probe_period import PROBE_PERIOD, next_due_s
from harness.plan.plan import GuestPlan
from harness.record.events import Event, HttpHeld, HttpSample, Watching
from harness.record.timeline import Timeline
from harness.target.target import Needs
from harness.waiting import Timeout

PATIENCE = timedelta(seconds=1)
"""Time-out of one request. Requests overlap, so a silent guest does not slow the probe."""
FIRST_ANSWER = timedelta(seconds=60)
BOOT = re.compile(r"^boot=(\S+)$", re.MULTILINE)


class Objective(Protocol):
    """Limits that a guest must meet in a test. The judge checks them."""

    def events_for(self, guest: str) -> Iterable[Event]:
        """Return the events that put these limits for a guest on record."""


class GuestClient:
    """One guest, as its clients see it. The fixtures `probe` and `bystander` are two.

    Example:
        probe.require(objectives.power_cut.hit)
        with inject(PowerOff(victim)):
            probe.wait_until_answered()
    """

    def __init__(self, guest: GuestPlan, timeline: Timeline, *, patience: timedelta) -> None:
        self.guest = guest
        self._timeline = timeline
        self._patience = patience
        self._latest: HttpSample | None = None
        self._answered: HttpSample | None = None

    def note(self, sample: HttpSample) -> None:
        """Note a request and its result. Requests may end out of order."""
        self._timeline.note(sample)
        if self._latest is None or sample.at_s > self._latest.at_s:
            self._latest = sample
        if sample.answered_s is not None and not self.was_answered(since_s=sample.at_s):
            self._answered = sample

    def was_answered(self, *, since_s: float = 0.0) -> bool:
        """Return whether the guest answered a request that was sent at that moment or later."""
        return self._answered is not None and self._answered.at_s >= since_s

    def require(self, *objectives: Objective) -> None:
        """Require that the guest meets objectives. The judge checks them over the whole test.

        Example:
            probe.require(objectives.power_cut.hit)
        """
        for objective in objectives:
            for event in objective.events_for(self.guest.name):
                self._timeline.note(event)

    def wait_until_answered(self, *, within: timedelta | None = None) -> None:
        """Wait for an answer to a request that is sent from now on.

        The default of `within` is the profile's `Timings.patience`.

        Example:
            with inject(PowerOff(victim)):
                probe.wait_until_answered()

        Raises:
            Timeout: states since when the guest has not answered, and the last problem.
            Invalid: the probe has ended.
        """
        begin_s = time.monotonic()
        wait_while_observed(
            f"{self.guest} answers over HTTP",
            self._state,
            lambda _: self.was_answered(since_s=begin_s),
            timeline=self._timeline,
            within=within or self._patience,
            every=PROBE_PERIOD,
        )

    def wait_while_asking(self, length: timedelta) -> None:
        """Wait for that long while the probe keeps sending requests, whatever the answers.

        Example:
            with inject(FullFilesystem(victim, "/var")):
                probe.wait_while_asking(timedelta(seconds=60))

        Raises:
            Invalid: the probe has ended.
        """
        end_s = time.monotonic() + length.total_seconds()
        try:
            wait_while_observed(
                f"{self.guest} gets requests for {length}",
                self._state,
                lambda _: self._latest is not None and self._latest.at_s >= end_s,
                timeline=self._timeline,
                within=length + 10 * PATIENCE,
                every=PROBE_PERIOD,
            )
        except Timeout as error:
            raise Invalid(f"no honest test: {error}") from None

    def _state(self) -> str:
        """Return since when the guest has not answered, and the last problem."""
        since_s = self._answered.answered_s if self._answered else None
        problem = (self._latest and self._latest.problem) or "none"
        if since_s is None:
            return f"no answer so far; last problem: {problem}"
        length_s = time.monotonic() - since_s
        return f"no answer since {since_s:.1f} s, for {length_s:.1f} s; last problem: {problem}"


class HttpProbe:
    """Sends requests to all guests, in its own thread. `of` has each guest's client by name."""

    name = "http_probe"
    watching = Watching(longest_hole_s=1, least_hz=10)
    needs = Needs()

    def __init__(
        self, guests: Iterable[GuestPlan], timeline: Timeline, *, patience: timedelta
    ) -> None:
        self.of = {guest.name: GuestClient(guest, timeline, patience=patience) for guest in guests}
        self._timeline = timeline
        self._backoffs = {name: Backoff() for name in self.of}
        self._end = threading.Event()
        self._thread = observer_thread(self.name, self._run, timeline)

    def start(self) -> None:
        """See `Observer.start`. Returns when each guest has answered once."""
        self._thread.start()
        for client in self.of.values():
            client.wait_until_answered(within=FIRST_ANSWER)

    def before_fault(self) -> None:
        """See `Observer.before_fault`. Nothing to do: it sends all the time."""

    def stop(self) -> None:
        """See `Observer.stop`."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def collect(self) -> None:
        """See `Observer.collect`. Nothing to do: each answer is noted at once."""

    def _run(self) -> None:
        try:
            asyncio.run(self._ask_repeatedly())
        except BaseExceptionGroup as group:  # the first exception of a task has the reason
            raise group.exceptions[0] from None

    async def _ask_repeatedly(self) -> None:
        async with (
            httpx.AsyncClient(timeout=PATIENCE.total_seconds()) as http,
            asyncio.TaskGroup() as questions,
        ):
            due_s = time.monotonic()
            while not self._end.is_set():
                for name, client in self.of.items():
                    if self._backoffs[name].due():
                        questions.create_task(_ask(http, client, self._backoffs[name]))
                    else:
                        self._timeline.note(HttpHeld(guest=name))
                due_s = next_due_s(due_s, PROBE_PERIOD)
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))


async def _ask(http: httpx.AsyncClient, client: GuestClient, backoff: Backoff) -> None:
    """Send one request over a persistent connection, as a browser does.

    A new connection for each request would cost an emulated node a third of its processor.
    """
    sent_s = time.monotonic()
    connected_s: list[float] = []

    async def trace(event: str, _: object) -> None:
        if event == "connection.connect_tcp.complete":
            connected_s.append(time.monotonic())

    url, boot = f"http://{client.guest.address}/", ""
    try:
        with backoff.request():
            async with asyncio.timeout(PATIENCE.total_seconds()):
                reply = await http.get(url, extensions={"trace": trace})
        boot, problem = _read(reply, client.guest.name)
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        raise_if_ours(error)
        problem = type(error).__name__
    sample = HttpSample(
        at_s=sent_s,
        guest=client.guest.name,
        connected_s=connected_s[0] if connected_s else None,
        answered_s=None if problem else time.monotonic(),
        boot=boot,
        problem=problem,
    )
    client.note(sample)


def _read(reply: httpx.Response, guest: str) -> tuple[str, str | None]:
    """Return the boot id in the guest's page and None, or "" and why it is not that page."""
    who = reply.headers.get("X-Guest", "nobody")
    if reply.status_code != 200 or who != guest:
        return "", f"answer {reply.status_code} of {who}"
    boot = BOOT.search(reply.text)
    return (boot[1], None) if boot else ("", "a page without a boot id")
