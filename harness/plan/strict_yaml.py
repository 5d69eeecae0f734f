"""Strict reading of YAML into pydantic models. One error message lists all mistakes."""

import difflib
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from harness.errors import InputError
from harness.plan.plain_yaml import NotPlain, parse, read_text

LONGEST_SHOWN = 40
"""Number of characters of a value in an error message."""


class StrictModel(BaseModel):
    """A mapping in a file. Unknown keys, values of other types, infinity and NaN are errors.

    The `description` of a field tells the user in an error message what to write. A field that is a
    model itself needs none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _value(cls, value: object) -> object:
        """Reject a key without a value, even if the key is optional."""
        if value is None:
            raise PydanticCustomError("no_value", "no value")
        return value


M = TypeVar("M", bound=StrictModel)


def read(file: Path, model: type[M]) -> M:
    """Read a file into a model.

    Raises:
        InputError: the file has mistakes. One line names each key, and what to write instead.
    """
    return checked(content(file, model), model, source=str(file))


def content(file: Path, model: type[StrictModel]) -> dict[str, Any]:
    """Return the mapping in a YAML file, without validating it.

    `model` is named in the error message only.

    Raises:
        InputError: the file cannot be read, or contains no mapping.
    """
    try:
        value = parse(read_text(file))
    except NotPlain as error:
        raise InputError(f"{file}: {error}") from None
    if not isinstance(value, dict):
        problem = "empty" if value is None else f"found {_shown(value)}"
        raise InputError(f"{file}: {problem}, write {_keys(model)}")
    return value


def checked(raw: Mapping[str, Any], model: type[M], *, source: str) -> M:
    """Validate a mapping as a model. `source` begins the error message.

    Raises:
        InputError: the mapping has mistakes. One line names each key, and what to write instead.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes = "; ".join(_mistake(model, details) for details in error.errors())
        raise InputError(f"{source}: {mistakes}") from None


def _mistake(model: type[StrictModel], error: ErrorDetails) -> str:
    """Describe a mistake as `key: what is wrong, what to write`."""
    path = [str(part) for part in error["loc"] if part != "[key]"]
    where = ".".join(path)
    if error["type"] in ("extra_forbidden", "invalid_key"):
        parent, _ = _lookup(model, path[:-1])
        return f"{where}: unknown key, {_nearest(path[-1], list((parent or model).model_fields))}"
    _, expected = _lookup(model, path)
    if error["type"] == "missing":
        return f"{where}: missing, write {expected}"
    return f"{where}: found {_shown(error['input'])}, write {expected}"


def _lookup(model: type[StrictModel], path: Sequence[str]) -> tuple[type[StrictModel] | None, str]:
    """Return the model at a path, or None, and a description of the expected value."""
    current: type[StrictModel] | None = model
    expected = "another value"
    for key in path:
        if current and (field := current.model_fields.get(key)):
            current = _model_in(field.annotation)
            expected = field.description or (
                _keys(current) if current else _choices(field.annotation)
            )
        elif current:  # an item of a mapping or of a list
            expected = _keys(current)
    return current, expected


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known)
    return f"write {near[0]}" if near else f"remove it or write one of {', '.join(known)}"


def _keys(model: type[StrictModel]) -> str:
    return f"a mapping with the keys {', '.join(model.model_fields)}"


def _choices(annotation: object) -> str:
    """Return the values of a choice as a text: `a, b or c`."""
    values = get_args(annotation) if get_origin(annotation) is Literal else ()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        values = tuple(choice.value for choice in annotation)
    *others, last = map(str, values or ["another value"])
    return f"{', '.join(others)} or {last}" if others else last


def _model_in(annotation: object) -> type[StrictModel] | None:
    """Return the model in an annotation: the annotation itself, an item type, or an optional."""
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, StrictModel):
            return kind
    return None


def _shown(value: object) -> str:
    try:
        text = "no value" if value is None else repr(value)
    except ValueError:  # Python refuses to print a number of thousands of digits
        text = "a huge number"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
