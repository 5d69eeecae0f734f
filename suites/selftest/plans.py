"""The shipped plan with one point changed."""

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
"""The whole of it, as one file could have it."""


def write_edited(file: Path, key: str, value: object) -> None:
    """Write the shipped plan with one key changed, added or taken out (`nodes/alpha/role`)."""
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
    """Write that as YAML."""
    file.write_text(as_yaml(content))


def as_yaml(content: object, *, aliases: bool = False) -> str:
    """That as YAML; a part that is there twice is written twice, unless `aliases` are wanted."""
    yaml, output = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    if not aliases:
        yaml.representer.ignore_aliases = lambda _: True
    yaml.dump(content, output)
    return output.getvalue()
