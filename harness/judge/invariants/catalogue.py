"""The list of all invariants, I1 to I12. They must hold in every test, whatever it tests.

This is the one source of their numbers and sentences. The table in README.md repeats them, and a
self-test keeps it in step.
"""

from collections.abc import Iterable

from harness.judge.invariants.convergence import (
    configuration_restored,
    copies_equal,
    replicas_healthy,
    view_restored,
)
from harness.judge.invariants.durability import every_write_is_there
from harness.judge.invariants.fencing import fencing_is_true, nothing_before_fencing
from harness.judge.invariants.leftovers import nothing_left_behind
from harness.judge.invariants.log_errors import nothing_unexpected
from harness.judge.invariants.placement import (
    never_on_arbitrator,
    only_on_its_primary,
    only_with_quorum,
)
from harness.judge.invariants.power import only_intended_nodes_lose_power
from harness.judge.invariants.relocation import bystanders_undisturbed, no_failback
from harness.judge.invariants.single_copy import guest_never_twice, never_two_primaries
from harness.judge.invariants.violation import Invariant, Violation
from harness.record.timeline import Record

CATALOGUE: tuple[Invariant, ...] = (
    Invariant("I1", "no guest runs twice", guest_never_twice, sure=True),
    Invariant("I2", "no replica set has two primaries", never_two_primaries, sure=True),
    Invariant(
        "I3", "no guest is taken over before the fencing is confirmed", nothing_before_fencing
    ),
    Invariant("I3", "each confirmation of a fencing is true", fencing_is_true),
    Invariant("I4", "only a quorate node runs guests", only_with_quorum),
    Invariant(
        "I5",
        "each acknowledged write is kept once, in order and unchanged",
        every_write_is_there,
        sure=True,
    ),
    Invariant(
        "I6", "only the intended nodes lose power, each once", only_intended_nodes_lose_power
    ),
    Invariant("I7", "the configuration is as at the beginning", configuration_restored),
    Invariant("I7", "members and resources are as at the beginning", view_restored),
    Invariant("I7", "all replicas are connected and up to date", replicas_healthy),
    Invariant("I7", "both copies of each disk are equal", copies_equal, sure=True),
    Invariant("I8", "nothing is left behind", nothing_left_behind),
    Invariant("I9", "no journal or console holds an unexpected error", nothing_unexpected),
    Invariant("I10", "a guest runs only where its replica is primary", only_on_its_primary),
    Invariant("I10", "no guest runs on the arbitrator", never_on_arbitrator),
    Invariant("I11", "no fault disturbs a guest that it does not hit", bystanders_undisturbed),
    Invariant("I12", "no guest fails back by itself", no_failback),
)
"""All invariants, in the order of their numbers."""
SURE: tuple[Invariant, ...] = tuple(invariant for invariant in CATALOGUE if invariant.sure)
"""Those that fail a test even in an unfit lab: no lack of processors creates a second copy or loses
a write."""


def unknown_numbers(numbers: Iterable[str]) -> str | None:
    """Return a message that names the numbers that are no invariant's, or None."""
    known = tuple(dict.fromkeys(invariant.number for invariant in CATALOGUE))
    unknown = [number for number in numbers if number not in known]
    if not unknown:
        return None
    return f"no invariant {', '.join(unknown)}, write some of {', '.join(known)}"


def violations(record: Record) -> list[Violation]:
    """Return all breaches in a record, in the order of the catalogue."""
    return [found for invariant in CATALOGUE for found in invariant.violations(record)]
