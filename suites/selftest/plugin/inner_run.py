"""Tests for the inner run of pytest, and a trial that prints its calls."""

import pytest

INVALID = """
from harness.errors import Invalid

def test_it():
    raise Invalid("the fault does not bite")
"""
STASH = """
from datetime import timedelta

import pytest
from harness.errors import ClusterError, Invalid, LabError
from harness.pytest_plugin.stash import EVIDENCE, TRIAL

class Trial:
    cluster_time = timedelta(seconds=5)

    def passed(self):
        print("judged")

    def failed(self, error):
        print(f"failed: {type(error).__name__}: {error}")
        if isinstance(error, Invalid):
            raise Invalid(str(error)) from None
        return "known gap" not in str(error)

    def amend(self, error):
        print(f"amended: {type(error).__name__}: {error}")

    def discard(self):
        print("discarded")

    def describe(self):
        return {"story": "it happened so", "verdict": "as the judge found"}

@pytest.fixture(autouse=True)
def trial(request):
    request.node.stash[TRIAL] = Trial()
    request.node.stash[EVIDENCE] = lambda: print("evidence")
    yield
    print("lifted")
"""
"""A trial that prints its calls. Like the real one, it raises Invalid for an invalid test."""
LIFTED = 'print("lifted")'
UNFIT = """
@pytest.fixture(autouse=True)
def unfit(request):
    from harness.pytest_plugin.stash import UNFIT
    request.node.stash[UNFIT] = lambda: {0}
"""


def run(suite: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    (suite.path / "selftest" / "test_one.py").write_text(code)
    return suite.runpytest_inprocess("selftest", *options)
