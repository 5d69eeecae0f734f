"""Order of the tests under mutation: the quick ones first, which detect most mutants."""

import json
from pathlib import Path

import pytest

STATS = Path("mutmut-stats.json")
"""mutmut's file of durations, in the folder of the mutants, where it runs the tests. mutmut itself
does not order them. A test of one function takes 1 ms, one of a complete record 100 ms."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if STATS.exists():
        took_s: dict[str, float] = json.loads(STATS.read_text())["duration_by_test"]
        items.sort(key=lambda item: took_s.get(item.nodeid, 0.0))
