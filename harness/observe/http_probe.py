"""A client's view of the guests, from outside the cluster: HTTP at 10 Hz, each answer named."""

import asyncio
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx

from harness.judge.measures.outage import Outage, Sample, longest_outage
from harness.judge.objectives import Count, Limit
from harness.plan import GuestPlan
from harness.record.timeline import Timeline
from harness.waiting import wait_for, wait_until

PERIOD = timedelta(milliseconds=96)
"""10.4 Hz, so that a busy machine still gives 10."""
PATIENCE = timedelta(seconds=1)
"""Of one question. Questions overlap, so a silent guest does not slow the sampling."""


class Probe:
    """One guest as its clients see it."""

    def __init__(self, guest: GuestPlan, timeline: Timeline) -> None:
        self.guest = guest
        self._timeline = timeline
        self._samples: list[Sample] = []

    def add(self, sample: Sample) -> None:
        """Note one question and what became of it."""
        self._samples.append(sample)

    @property
    def samples(self) -> list[Sample]:
        """All questions so far."""
        return list(self._samples)

    @property
    def outage(self) -> Outage | None:
        """The longest outage so far, None when every question was answered."""
        return longest_outage(self.samples)

    def keeps(self, limit: Limit | Count) -> None:
        """Hold the guest to an objective: never away for longer, from the test's begin to its end;
        or, no more of its acknowledged writes lost.

        Judged when the test is over; a miss is then its failure.
        """
        allowed: dict[str, Any] = (
            {"limit_writes": limit.at_most}
            if isinstance(limit, Count)
            else {"limit_s": limit.at_most.total_seconds()}
        )
        detail = {"name": limit.name, "guest": self.guest.name} | allowed
        self._timeline.note("harness", "objective", **detail)

    def watch(self, length: timedelta) -> None:
        """Let clients ask for that long, whatever they are told."""
        end = time.monotonic() + length.total_seconds()
        asked = lambda: any(s.sent_s >= end for s in self.samples)  # noqa: E731
        wait_until(f"{self.guest} was asked for {length}", asked, within=2 * length)

    def wait_until_answered(self, *, within: timedelta) -> None:
        """Wait for an answer to a question that is asked from now on.

        Raises:
            Timeout: with the outage so far.
        """
        begin = time.monotonic()
        wait_for(
            f"{self.guest} answers over HTTP",
            lambda: self.outage or "every question answered",
            lambda _: any(s.answered_s and s.sent_s >= begin for s in self.samples),
            within=within,
            every=PERIOD,
        )


class Probes:
    """Asks all guests, in a thread of its own, until it is stopped."""

    def __init__(self, guests: Iterable[GuestPlan], timeline: Timeline) -> None:
        self.of = {guest.name: Probe(guest, timeline) for guest in guests}
        self._timeline = timeline
        self._end = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def start(self) -> None:
        """Ask from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; what went wrong in the thread is raised here, once."""
        self._end.set()
        self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _run(self) -> None:
        try:
            asyncio.run(self._ask_on())
        except BaseException as error:  # noqa: BLE001  raised again by stop()
            self._failure = error

    async def _ask_on(self) -> None:
        async with (
            httpx.AsyncClient(timeout=PATIENCE.total_seconds()) as client,
            asyncio.TaskGroup() as questions,
        ):
            due = time.monotonic()
            while not self._end.is_set():
                for probe in self.of.values():
                    questions.create_task(self._ask(client, probe))
                due += PERIOD.total_seconds()
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _ask(self, client: httpx.AsyncClient, probe: Probe) -> None:
        """One question, over a connection that is kept while it works, as a browser keeps it.

        A connection for each question would cost an emulated node a third of its processor.
        """
        sent = time.monotonic()
        name = probe.guest.name
        connected: list[float] = []

        async def trace(event: str, _: object) -> None:
            if event == "connection.connect_tcp.complete":
                connected.append(time.monotonic())

        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                url = f"http://{probe.guest.address}/"
                reply = await client.get(url, extensions={"trace": trace})
            good = reply.status_code == 200 and reply.headers.get("X-Guest") == name
            problem = None if good else f"answer {reply.status_code} of {reply.headers!r}"
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            good, problem = False, type(error).__name__
        answered = time.monotonic() if good else None
        probe.add(Sample(sent, answered))
        self._timeline.note(
            *("probe", "sample"),
            at_s=sent,
            guest=name,
            connected_s=connected[0] if connected else None,
            answered_s=answered,
            problem=problem,
        )
