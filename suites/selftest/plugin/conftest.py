"""Fixtures for a suite in a temporary folder."""

import pytest


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite in a folder named selftest, for which the plugin makes no lab and no report."""
    pytester.makeini("[pytest]\naddopts = -p harness.pytest_plugin.plugin -p no:cacheprovider")
    (pytester.path / "selftest").mkdir()
    return pytester
