"""A suite of each test alone."""

import pytest


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite of its own; named like this one, so that no lab and no report is made."""
    pytester.makeini("[pytest]\naddopts = -p harness.pytest_plugin.plugin -p no:cacheprovider")
    (pytester.path / "selftest").mkdir()
    return pytester
