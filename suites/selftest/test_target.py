"""What a target offers, and who needs more; the lab and the fake are targets."""

from collections.abc import Iterable

import pytest

from harness.target.target import Capability, Target, Unsupported, require
from suites.selftest.fake_lab import FakeLab
from suites.selftest.fakes import FakeTarget


def test_the_lab_and_the_fake_are_targets_that_offer_all(lab: FakeLab, target: FakeTarget) -> None:
    """mypy sees that they have all parts."""
    both: tuple[Target, ...] = (lab, target)
    for one in both:
        require(one, Capability, "a test")


@pytest.mark.parametrize(
    ("offered", "needs", "reason"),
    [
        ((), ["power"], "needs power; this target offers SSH alone"),
        (["links"], ["power", "host"], "needs host and power; this target offers links"),
        (["power", "links"], ["host", "power"], "needs host; this target offers links, power"),
    ],
)
def test_what_is_lacking_is_named_with_what_is_there(
    target: FakeTarget, offered: Iterable[str], needs: Iterable[str], reason: str
) -> None:
    target.capabilities = frozenset(map(Capability, offered))
    with pytest.raises(Unsupported, match=f"^a flood {reason}$"):
        require(target, map(Capability, needs), "a flood")


def test_who_needs_nothing_is_content(target: FakeTarget) -> None:
    target.capabilities = frozenset()
    require(target, (), "a test")
