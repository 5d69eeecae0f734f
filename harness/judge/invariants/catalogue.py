"""What must hold always, whatever a test tests: pure functions of the timeline."""

from collections.abc import Callable, Sequence

from harness.judge.invariants.fencing import fencing_is_true, nothing_before_fencing
from harness.judge.invariants.log_errors import nothing_unexpected
from harness.judge.invariants.placement import (
    never_on_arbitrator,
    only_on_its_primary,
    only_with_quorum,
)
from harness.judge.invariants.relocation import bystanders_unhurt, no_failback
from harness.judge.invariants.single_copy import guest_never_twice, never_two_primaries
from harness.judge.invariants.violation import Violation
from harness.record.timeline import Event

Invariant = Callable[[Sequence[Event]], list[Violation]]

ALWAYS: tuple[Invariant, ...] = (
    guest_never_twice,
    never_two_primaries,
    nothing_before_fencing,
    fencing_is_true,
    only_with_quorum,
    nothing_unexpected,
    only_on_its_primary,
    never_on_arbitrator,
    bystanders_unhurt,
    no_failback,
)
"""The audits that need nothing but the timeline."""
