"""A small, complete record of a good failover, made by hand.

web ran on alpha and shop on bravo. alpha lost its power at 20 s. bravo fenced it and took over web,
which answered at 32 s. alpha was back at 45 s. All times are in seconds.
"""

from collections.abc import Callable, Iterator

from harness.record.entry import entry
from harness.record.events import (
    Closed,
    Event,
    NodeSurvey,
    ObservationEnds,
    OutageObjective,
    Recovered,
    Settled,
    StoreRead,
    Write,
)
from harness.record.status import Fencing, Member, NodeStatus, Pacemaker, Replica, Resource
from harness.record.timeline import Record
from suites.selftest.client_events import ping, sample, write
from suites.selftest.node_events import (
    clock,
    configuration,
    copies,
    fenced,
    host_load,
    journal,
    members,
    node_sample,
    power,
    power_state,
    traces,
    view,
)
from suites.selftest.records import NODES, RUN, STORES, cut, opened, step

FAULT_S, ANSWER_S, RECOVERED_S, END_S = 20, 32, 56, 60
FAULT = "power cut of alpha"
BORDERS = (opened(), Settled(at_s=0), Recovered(at_s=RECOVERED_S))
"""The events of the trial itself, except the last ones."""
ENDS = (ObservationEnds(at_s=END_S), Closed(at_s=END_S + 4))
GUESTS = {"web": "alpha", "shop": "bravo"}
MEMBER = Member(online=True, unclean=False, pending=False, standby=False, maintenance=False)


def good(*more: Event, drop: Callable[[Event], bool] = lambda _: False) -> Record:
    """Return the record with additional events, and without those for which `drop` is true."""
    events = [*BORDERS, *observed(), *ENDS]
    return Record([*(event for event in events if not drop(event)), *more])


def observed(run: str = RUN) -> Iterator[Event]:
    """Yield the events of observers and injector. Entries in the stores contain `run`."""
    for guest in GUESTS:
        yield from _probes(guest)
    for store in STORES:
        yield from _store_events(store, run)
    for second in range(END_S + 1):
        yield host_load(second)
        yield from _node_samples(second)
    yield from (cut(FAULT_S, "alpha"), step(20.5, "bites", name=FAULT))
    for at_s, name in ((45.0, "still bites"), (45.1, "lifted"), (46.0, "gone")):
        yield step(at_s, name, name=FAULT)
    yield from (power(20.25, "alpha"), power(45.0, "alpha", "started"))
    yield from (members(25, "bravo"), fenced(28, "alpha"))
    yield from _nodes()
    yield from (view(1, pacemaker("alpha")), view(55, pacemaker("bravo", "alpha")))
    yield copies(END_S + 2)


def pacemaker(host: str, *shot: str) -> Pacemaker:
    """Return the view of a healthy cluster with web on a node. The nodes of `shot` were fenced."""
    hosts = GUESTS | {"web": host}
    return Pacemaker(
        dc="bravo",
        quorate=True,
        members=dict.fromkeys(NODES, MEMBER),
        resources=tuple(
            Resource(guest, "Started", (node,), failed=False, managed=True)
            for guest, node in hosts.items()
        ),
        fencings=tuple(Fencing(node, "reboot", "success", "now") for node in shot),
    )


def allowed(longest_s: float, *, guest: str = "web") -> OutageObjective:
    """Return an objective for the outages of a guest's reads."""
    return OutageObjective(
        at_s=10,
        name="power_cut.hit",
        guest=guest,
        service="reads",
        longest_s=longest_s,
        further=0,
        further_s=0,
    )


def held(store: str, run: str = RUN, *, without: int = 0) -> StoreRead:
    """Return the content of a store at the end: all acknowledged writes except number `without`."""
    numbers = [event.number for event in _writes(store) if event.acknowledged_s is not None]
    found = tuple(entry(run, store, number) for number in numbers if number != without)
    return StoreRead(at_s=END_S + 1, store=store, found=found)


def _out(guest: str, at_s: float) -> bool:
    return guest == "web" and FAULT_S <= at_s < ANSWER_S


def _probes(guest: str) -> Iterator[Event]:
    """Yield sixteen HTTP requests and echoes a second."""
    for at_s in (number / 16 for number in range(END_S * 16 + 1)):
        answered, boot = not _out(guest, at_s), "g1" if at_s < ANSWER_S or guest != "web" else "g2"
        yield sample(at_s, guest=guest, good=answered, boot=boot)
        yield ping(at_s, guest=guest, good=answered)


def _writes(store: str) -> list[Write]:
    guest = store.partition(".")[0]
    moments = (number / 2 for number in range(END_S * 2 + 1))
    return [
        write(at_s, number, store=store, good=not _out(guest, at_s))
        for number, at_s in enumerate(moments, start=1)
    ]


def _store_events(store: str, run: str) -> Iterator[Event]:
    yield from _writes(store)
    yield held(store, run)


def _node_samples(second: int) -> Iterator[Event]:
    yield node_sample(
        second, "bravo", runs="shop web" if second >= 30 else "shop", born_s=_born(second)
    )
    if second <= FAULT_S:
        yield node_sample(second, "alpha", runs="web")
    elif second >= 50:
        yield node_sample(second, "alpha", boot="2")


def _born(second: int) -> float:
    return 29.5 if second >= 30 else 0.0


def _nodes() -> Iterator[Event]:
    """Yield the events that make the record reliable: power, clocks, journals, configurations."""
    for node in NODES:
        yield from (power_state(0, node), power_state(END_S + 3, node))
        for life in ("1", "2") if node == "alpha" else ("1",):
            begin_s = 46.0 if life == "2" else 0.0
            end_s = float(FAULT_S) if (node, life) == ("alpha", "1") else END_S + 1.0
            yield from (clock(begin_s, node, 0.01, boot=life), clock(end_s, node, 0.01, boot=life))
            yield journal(node, begin_s, end_s, boot=life)
            yield _survey(node, life, 1.0 if life == "1" else 55.0)
            if node != "alpha":
                yield _survey(node, life, 55.0)
        for at_s, moment in ((1, "beginning"), (END_S + 1, "end")):
            yield from (configuration(at_s, node, moment), traces(at_s, node, moment))


def _survey(node: str, boot: str, at_s: float) -> NodeSurvey:
    hosts = GUESTS if at_s < FAULT_S else GUESTS | {"web": "bravo"}
    guests = tuple(guest for guest, host in hosts.items() if host == node)
    replicas = {
        guest: Replica(
            "Primary" if guest in guests else "Secondary", "UpToDate", "Connected", "UpToDate"
        )
        for guest in GUESTS
    }
    status = NodeStatus(boot, replicas if NODES[node] == "data" else {}, guests)
    return NodeSurvey(at_s=at_s, node=node, status=status)
