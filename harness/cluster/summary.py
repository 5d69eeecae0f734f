"""A snapshot for scripts: the nodes, the guests, and whether all is well."""

from pydantic import JsonValue, TypeAdapter

from harness.cluster.conditions import settled
from harness.cluster.status import ClusterStatus
from harness.plan.plan import Plan

_STATUS = TypeAdapter(ClusterStatus)


def summary(
    plan: Plan, seen: ClusterStatus, power: dict[str, bool], serving: dict[str, bool]
) -> dict[str, JsonValue]:
    """The snapshot as JSON has it; each key is there always."""
    missing: list[JsonValue] = [*settled(plan).lacking(seen)]
    hosts: dict[str, JsonValue] = {guest: [*seen.running(guest)] for guest in plan.guests}
    content: dict[str, JsonValue] = _STATUS.dump_python(seen, mode="json")
    return {
        "settled": not missing,
        "missing": missing,
        "power": {**power},
        "hosts": hosts,
        "serving": {**serving},
        **content,
    }
