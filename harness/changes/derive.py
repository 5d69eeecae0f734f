"""Derived checkpoints: restore, apply changes, settle, save. They are reused by their digest."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from harness.changes.change import Change
from harness.lab.checkpoint import Checkpoint, prune
from harness.lab.lab import Lab
from harness.plan.load import resolve
from harness.plan.plan import Plan
from harness.progress import log, reporter

MAX_DERIVED = 3
"""Number of derived checkpoints to keep. Each holds the memory and the changed blocks of three
machines, about 1.5 GiB."""
SCRIPT = timedelta(minutes=10)
Apply = Callable[[Lab, Plan], None]
"""Brings a living cluster from the given plan to the lab's plan."""


def derive(
    lab: Lab, changes: Sequence[Change], plan: Plan, *, apply: Apply, settle: Callable[[Lab], None]
) -> None:
    """Apply changes to the lab's cluster, and make the result the lab's checkpoint.

    `plan` is the lab's plan with the changes laid over it. If the derived checkpoint is stored
    already, it is restored.

    Raises:
        LabError, ClusterError: a change cannot be applied, or the cluster does not settle.
    """
    before, base = lab.plan, lab.checkpoint.identity or ""
    lab.plan = plan
    resolve(plan, lab.state.plan)
    derived = Checkpoint(lab.state.derived / _digest(changes, base), lab.state.disks)
    if not derived.valid_for(base):
        prune(lab.state.derived, keep=MAX_DERIVED - 1)
        with reporter.step(f"applying: {', '.join(change.title for change in changes)}"):
            apply(lab, before)
            for change in changes:
                _run_scripts(lab, change)
            settle(lab)
        lab.save_as(derived, base, step="saving the derived checkpoint")
    log.info("checkpoint: derived by %s", ", ".join(change.name for change in changes))
    lab.checkpoint = derived
    lab.restore()


def _run_scripts(lab: Lab, change: Change) -> None:
    plan = lab.plan
    for script, nodes in (
        (change.nodes, plan.nodes.values()),
        (change.data_nodes, plan.data_nodes),
        (change.arbitrator, [plan.arbitrator]),
    ):
        if script:
            run = partial(lab.shell.check, command=script, deadline=SCRIPT)
            lab.shell.each(nodes, run)


def _digest(changes: Sequence[Change], base: str) -> str:
    """Return the name of a derived checkpoint: the changes, and a digest of their content."""
    content = "".join(change.model_dump_json() for change in changes) + base
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return "-".join([*(change.name for change in changes), digest])
