"""Plans that are wrong in one point, and what a person is told about them."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.errors import InputError
from harness.plan.load import DEFAULT_PLAN, load

GONE = object()
SHIPPED: dict[str, Any] = yaml.safe_load(DEFAULT_PLAN.read_text())


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
    file.write_text(yaml.safe_dump(raw, sort_keys=False))


def complaint(file: Path) -> str:
    """What a person is told about the plan in that file: one line, here without the file's name."""
    with pytest.raises(InputError) as refused:
        load(file)
    name, _, text = str(refused.value).partition(": ")
    assert name == str(file)
    assert "\n" not in text
    return text
