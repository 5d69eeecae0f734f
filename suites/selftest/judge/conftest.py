"""Under mutation the quick tests run first: most mutants fail one of them within milliseconds."""

import json
from pathlib import Path

import pytest

STATS = Path("mutmut-stats.json")
"""Beside the mutants, in which mutmut runs the tests; it passes them in no order. A test of a
function takes 1 ms, one of a whole record 100 ms."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if STATS.exists():
        took_s: dict[str, float] = json.loads(STATS.read_text())["duration_by_test"]
        items.sort(key=lambda item: took_s.get(item.nodeid, 0.0))
