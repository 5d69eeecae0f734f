"""Faults as words of a command line: `power-off alpha`, `carrier-loss alpha backplane,lan`."""

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from harness.errors import InputError
from harness.faults.catalogue import AnyFault, read_fault
from harness.faults.fault import Fault
from harness.plan.plan import Plan

KINDS: dict[str, type] = {kind.kind.replace("_", "-"): kind for kind in get_args(AnyFault)}


def usage(name: str) -> str:
    """Return the words of a kind of fault. Those in brackets may be left out."""
    words = (
        field.name.upper() if field.default is MISSING else f"[{field.name.upper()}]"
        for field in _fields(name)
    )
    return " ".join([name, *words])


def meaning(name: str) -> str:
    """Return the first line of a fault's docstring."""
    return (KINDS[name].__doc__ or "").partition("\n")[0]


def fault_of(words: Sequence[str], plan: Plan) -> Fault:
    """Return the fault of a kind and the values of its fields, in order. A list has commas.

    Raises:
        InputError: the words are no fault of that plan; the message has the usage.
    """
    name, *values = words
    if name not in KINDS:
        raise InputError(f"no fault {name!r}; type `quorate fault list`")
    known = _fields(name)
    if len(values) > len(known):
        raise InputError(f"too many words; write: quorate fault inject {usage(name)}")
    form = {field.name: _value(field, word) for field, word in zip(known, values, strict=False)}
    try:
        return read_fault({"kind": name.replace("-", "_"), **form}, plan)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        reason = f"{first['loc'][-1]}: {first['msg']}"
        raise InputError(f"{reason}; write: quorate fault inject {usage(name)}") from None


def _fields(name: str) -> list[Field[Any]]:
    return [field for field in fields(KINDS[name]) if field.name != "kind"]


def _value(field: Field[Any], word: str) -> Any:
    return word.split(",") if get_origin(field.type) is tuple else word
