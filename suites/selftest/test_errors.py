"""Who is to blame for an error, and the error in one line."""

import pytest

from harness.errors import ClusterError, InputError, Invalid, LabError, first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (LabError("no space"), "no space"),
        (LabError("no space\non /var"), "no space"),
        (AssertionError("web is nowhere\nassert 1 == 2"), "web is nowhere"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (ClusterError(""), "ClusterError"),
        (LabError("\n\nbelow"), "LabError"),
        (KeyError("web"), "'web'"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
    ids=lambda value: repr(value) if isinstance(value, BaseException) else value,
)
def test_an_error_in_one_line_is_its_first_one_or_its_kind(error: BaseException, line: str) -> None:
    assert first_line(error) == line


def test_only_a_broken_promise_of_the_cluster_is_a_failed_assertion() -> None:
    """pytest calls an assertion's failure the test's, and any other error an error."""
    assert issubclass(ClusterError, AssertionError)
    for kind in (InputError, LabError, Invalid):
        assert not issubclass(kind, AssertionError)


@pytest.mark.parametrize("kind", [InputError, LabError, ClusterError, Invalid])
def test_no_kind_of_error_passes_for_another(kind: type[Exception]) -> None:
    others = {InputError, LabError, ClusterError, Invalid} - {kind}
    assert not any(issubclass(kind, other) for other in others)
