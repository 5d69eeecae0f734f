"""Variants of the shipped objectives file, and the error messages about them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.judge.limits import DEFAULT, FileLimits, load
from harness.plan.plan import Acceleration
from harness.plan.strict_yaml import content
from suites.selftest.plans import as_yaml

SHIPPED: dict[str, Any] = content(DEFAULT, FileLimits)
Change = Callable[[dict[str, Any]], object]


def refusal(file: Path, content: str | bytes) -> str:
    """Return the error message about a file with this content, without the file's name."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as error:
        load(Acceleration.TCG, file)
    text = str(error.value)
    assert text.startswith(f"{file}: ")
    assert "\n" not in text
    return text.removeprefix(f"{file}: ")


def changed(change: Change) -> str:
    """Return the shipped file with its limits for a power cut under TCG changed."""
    raw = deepcopy(SHIPPED)
    change(raw["tcg"]["power_cut"])
    return as_yaml(raw)


def with_longest(value: str) -> str:
    """Return the shipped file with a text as the longest outage of the hit guest's reads."""
    raw = changed(lambda limits: limits["hit"]["reads"].update(longest_s="HERE"))
    assert "longest_s: HERE" in raw
    return raw.replace("longest_s: HERE", f"longest_s: {value}")
