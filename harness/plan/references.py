"""Field types for nodes and guests in other models. They are serialized as names.

Reading looks the name up in the plan, which is passed as context.

Example:
    FAULT.validate_json(text, context={"plan": plan})
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from harness.plan.plan import GuestPlan, NodePlan, Plan


def _part(value: str, parts: Mapping[str, NodePlan | GuestPlan], what: str) -> object:
    if value not in parts:
        raise ValueError(f"the plan has no {what} {value!r}")
    return parts[value]


def _plan(info: ValidationInfo) -> Plan:
    plan = (info.context or {}).get("plan")
    if not isinstance(plan, Plan):
        raise ValueError("a name can only be read with the plan as context")
    return plan


def _node(value: object, info: ValidationInfo) -> object:
    return _part(value, _plan(info).nodes, "node") if isinstance(value, str) else value


def _guest(value: object, info: ValidationInfo) -> object:
    return _part(value, _plan(info).guests, "guest") if isinstance(value, str) else value


Node = Annotated[NodePlan, BeforeValidator(_node), PlainSerializer(str)]
Guest = Annotated[GuestPlan, BeforeValidator(_guest), PlainSerializer(str)]
