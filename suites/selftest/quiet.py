"""Observations of a cluster in which nothing happens."""

from harness.record.events import Event
from suites.selftest.client_events import ping, sample, write
from suites.selftest.node_events import clock, host_load, journal, node_sample, power_state
from suites.selftest.records import NODES, STORES

GUESTS = ("web", "shop")


def observations(until_s: float, *, since_s: float = 0.0) -> list[Event]:
    """Return the events of probes, writes, agents and host load: web on alpha, shop on bravo.

    Moments are sums of powers of two, so that the difference of two moments is exact.
    """
    length_s = until_s - since_s
    probe_s = [since_s + n / 16 for n in range(int(length_s * 16) + 1)]
    write_s = [since_s + n / 2 for n in range(int(length_s * 2) + 1)]
    seconds = [since_s + n for n in range(int(length_s) + 1)]
    return [
        *(probe(at_s, guest=g) for at_s in probe_s for g in GUESTS for probe in (sample, ping)),
        *(write(at_s, n, store=s) for s in STORES for n, at_s in enumerate(write_s, start=1)),
        *(node_sample(at_s, "alpha", runs="web") for at_s in seconds),
        *(node_sample(at_s, "bravo", runs="shop") for at_s in seconds),
        *(host_load(at_s) for at_s in seconds),
    ]


def reliability_events(until_s: float) -> list[Event]:
    """Return the events that make a record reliable: power, clocks and journals of every node."""
    return [
        event
        for node in NODES
        for event in (
            *(power_state(0, node), power_state(until_s, node)),
            *(clock(0, node, 0.01), clock(until_s, node, 0.01), journal(node, 0, until_s)),
        )
    ]
