"""Variants of the shipped plan."""

import io
from copy import deepcopy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harness.plan.load import DEFAULT_PLAN, DEFAULT_RELEASE, profile_file
from harness.plan.plan import Plan
from harness.plan.strict_yaml import content

GONE = object()
SHIPPED: dict[str, Any] = {
    **content(profile_file(DEFAULT_RELEASE), Plan),
    **content(DEFAULT_PLAN, Plan),
}
"""The shipped plan with its default release, in the form of one file."""


def write_edited(file: Path, key: str, value: object) -> None:
    """Write the shipped plan with one key changed, added or removed.

    `key` is a path such as `nodes/alpha/role`. The value `GONE` removes the key.
    """
    raw = deepcopy(SHIPPED)
    *path, last = key.split("/")
    part = raw
    for name in path:
        part = part[name]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    write_yaml(file, raw)


def write_yaml(file: Path, content: object) -> None:
    """Write a value as YAML to a file."""
    file.write_text(as_yaml(content))


def as_yaml(content: object, *, aliases: bool = False) -> str:
    """Return a value as YAML. With `aliases`, an object that occurs twice becomes an alias."""
    yaml, output = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    if not aliases:
        yaml.representer.ignore_aliases = lambda _: True
    yaml.dump(content, output)
    return output.getvalue()
