"""Strict reading of YAML into pydantic models: every mistake is named, nothing is guessed."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from harness.errors import InputError

LONGEST_SHOWN = 40
"""Characters of a value that was found."""
SCALARS = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?[0-9]+[eE][-+]?[0-9]+", list("-+0123456789")),
)
"""Those of YAML 1.2, without 010. PyYAML follows 1.1, to which 1:30 is 90 and yes is true."""


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


class _Loader(yaml.SafeLoader):
    """Knows the scalars of YAML 1.2 only."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML declares it so


for _name, _pattern, _first in SCALARS:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), _first
    )


def read(file: Path, model: type[M]) -> M:
    """The file's content.

    Raises:
        InputError: in one line all mistakes, each with its key and what to write instead.
    """
    content, mistakes = _content(file)
    if not isinstance(content, dict):
        found = "empty" if content is None else f"found {_shown(content)}"
        raise InputError(f"{file}: {found}, write {_wanted(model)}")
    try:
        checked = model.model_validate(content)
    except ValidationError as error:
        mistakes += [_mistake(model, of) for of in error.errors()]
    if mistakes:
        raise InputError(f"{file}: {'; '.join(mistakes)}")
    return checked


def _content(file: Path) -> tuple[object, list[str]]:
    """What stands there, and the keys that stand there twice."""
    try:
        text = file.read_bytes().decode()
        _refuse_tags(file, text)
        loader = _Loader(text)
        node = loader.get_single_node()
        content = loader.construct_document(node) if node else None
        return content, list(_written_twice(node, (), set()))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}), name a file that exists"
        raise InputError(f"{file}: {reason}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: not text in UTF-8, write YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: not YAML: {' '.join(str(error).split())}") from None


def _refuse_tags(file: Path, text: str) -> None:
    """By `!!int 1:30` the scalars of YAML 1.1 would come back."""
    for token in yaml.scan(text):
        if isinstance(token, yaml.TagToken):
            line = token.start_mark.line + 1
            raise InputError(f"{file}: line {line}: has a tag, write plain values without `!`")


def _written_twice(
    node: yaml.Node | None, path: tuple[str, ...], visited: set[yaml.Node]
) -> Iterator[str]:
    """Of two equal keys YAML takes the last, and nobody sees it."""
    if not isinstance(node, yaml.MappingNode) or node in visited:
        return
    visited.add(node)
    names = [str(key.value) for key, _ in node.value]
    for position, (key, value) in enumerate(node.value):
        where = (*path, names[position])
        if names[position] in names[:position]:
            line = key.start_mark.line + 1
            yield f"{'.'.join(where)}: written twice, remove the one in line {line}"
        yield from _written_twice(value, where, visited)


def _mistake(model: type[StrictModel], error: ErrorDetails) -> str:
    """One mistake as `key: what is wrong, what to write`."""
    *parents, key = map(str, error["loc"])
    for parent in parents:
        model = _model_of(model, parent) or model
    where = ".".join([*parents, key])
    if key not in model.model_fields:
        return f"{where}: unknown key, {_nearest(key, list(model.model_fields))}"
    wanted = _wanted(_model_of(model, key), model.model_fields[key].description)
    if error["type"] == "missing":
        return f"{where}: missing, write {wanted}"
    return f"{where}: found {_shown(error['input'])}, write {wanted}"


def _nearest(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known)
    return f"write {near[0]}" if near else f"remove it or write one of {', '.join(known)}"


def _wanted(model: type[StrictModel] | None, description: str | None = None) -> str:
    """What to write in a place: a mapping where a model stands, else as its field states."""
    if model is None:
        return description or "another value"
    return f"a mapping with the keys {', '.join(model.model_fields)}"


def _model_of(model: type[StrictModel], key: str) -> type[StrictModel] | None:
    """The model that stands under that key, also where it may be left out."""
    annotation = model.model_fields[key].annotation if key in model.model_fields else None
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, StrictModel):
            return kind
    return None


def _shown(value: object) -> str:
    text = "no value" if value is None else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
