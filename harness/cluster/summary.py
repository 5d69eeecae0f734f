"""A snapshot as JSON, for scripts."""

from pydantic import JsonValue, TypeAdapter

from harness.cluster.conditions import settled
from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan

_STATUS = TypeAdapter(ClusterStatus)


def summary(
    plan: Plan, status: ClusterStatus, power: dict[str, bool], serving: dict[str, bool]
) -> dict[str, JsonValue]:
    """Return the snapshot for JSON. Every key is always present."""
    missing: list[JsonValue] = [*settled(plan).lacking(status)]
    hosts: dict[str, JsonValue] = {guest: [*status.running(guest)] for guest in plan.guests}
    content: dict[str, JsonValue] = _STATUS.dump_python(status, mode="json")
    return {
        "settled": not missing,
        "missing": missing,
        "power": {**power},
        "hosts": hosts,
        "serving": {**serving},
        **content,
    }
