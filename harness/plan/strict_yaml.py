"""Strict reading of YAML into pydantic models: every mistake is named, nothing is guessed."""

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
"""Characters of a value that was found."""


class StrictModel(BaseModel):
    """A part of a file: no unknown key, no value of another type, no number that is none.

    The description of a field that is no model itself states what to write there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _value(cls, value: object) -> object:
        """A key without a value is a mistake, also where the key may be left out."""
        if value is None:
            raise PydanticCustomError("no_value", "no value")
        return value


M = TypeVar("M", bound=StrictModel)


def read(file: Path, model: type[M]) -> M:
    """The file's content.

    Raises:
        InputError: in one line all mistakes, each with its key and what to write instead.
    """
    return checked(content(file, model), model, source=str(file))


def content(file: Path, model: type[StrictModel]) -> dict[str, Any]:
    """The mapping in a file, as YAML 1.2 has it; not checked further.

    Raises:
        InputError: in one line, why there is none.
    """
    try:
        found = parse(read_text(file))
    except NotPlain as error:
        raise InputError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        shown = "empty" if found is None else f"found {_shown(found)}"
        raise InputError(f"{file}: {shown}, write {_keys(model)}")
    return found


def checked(raw: Mapping[str, Any], model: type[M], *, source: str) -> M:
    """The model of that content; `source` begins its error message.

    Raises:
        InputError: in one line all mistakes, each with its key and what to write instead.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        mistakes = "; ".join(_mistake(model, of) for of in error.errors())
        raise InputError(f"{source}: {mistakes}") from None


def _mistake(model: type[StrictModel], error: ErrorDetails) -> str:
    """One mistake as `key: what is wrong, what to write`."""
    path = [str(part) for part in error["loc"] if part != "[key]"]
    where = ".".join(path)
    if error["type"] in ("extra_forbidden", "invalid_key"):
        within, _ = _place(model, path[:-1])
        return f"{where}: unknown key, {_nearest(path[-1], list((within or model).model_fields))}"
    _, wanted = _place(model, path)
    if error["type"] == "missing":
        return f"{where}: missing, write {wanted}"
    return f"{where}: found {_shown(error['input'])}, write {wanted}"


def _place(model: type[StrictModel], path: Sequence[str]) -> tuple[type[StrictModel] | None, str]:
    """The model at that place, if one is there, and what to write at it."""
    here: type[StrictModel] | None = model
    wanted = "another value"
    for part in path:
        if here and (field := here.model_fields.get(part)):
            here = _model_in(field.annotation)
            wanted = field.description or (_keys(here) if here else _choices(field.annotation))
        elif here:  # an item of a mapping or of a list
            wanted = _keys(here)
    return here, wanted


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known)
    return f"write {near[0]}" if near else f"remove it or write one of {', '.join(known)}"


def _keys(model: type[StrictModel]) -> str:
    return f"a mapping with the keys {', '.join(model.model_fields)}"


def _choices(annotation: object) -> str:
    """The values of a choice, as a person would list them."""
    values = get_args(annotation) if get_origin(annotation) is Literal else ()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        values = tuple(choice.value for choice in annotation)
    *others, last = map(str, values or ["another value"])
    return f"{', '.join(others)} or {last}" if others else last


def _model_in(annotation: object) -> type[StrictModel] | None:
    """The model in an annotation: by itself, in a mapping, in a list, or optional."""
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, StrictModel):
            return kind
    return None


def _shown(value: object) -> str:
    try:
        text = "no value" if value is None else repr(value)
    except ValueError:  # Python prints no number of thousands of digits
        text = "a huge number"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
