"""Keys and values that a plan does not have: each is named with what to write instead."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.plan.plan import GuestPlan, NodePlan, Plan
from harness.plan.settings import Pacemaker, Timings
from suites.selftest.plans import GONE, SHIPPED, write_edited

TOP, NODE, GUEST, TIMINGS = (
    ", ".join(model.model_fields) for model in (Plan, NodePlan, GuestPlan, Timings)
)
Complaint = Callable[[Path], str]
SECTIONS = [key for key, value in SHIPPED.items() if isinstance(value, dict)]


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("colour", TOP),
        ("nodes/alpha/colour", NODE),
        ("guests/web/colour", GUEST),
        ("timings/tcg/colour", TIMINGS),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones(
    complaint: Complaint, file: Path, key: str, known: str
) -> None:
    write_edited(file, key, 1)
    wanted = f"unknown key, remove it or write one of {known}"
    assert complaint(file) == f"{key.replace('/', '.')}: {wanted}"


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("relase", "release"),
        ("nodes/alpha/memory", "memory_mib"),
        ("pacemaker/stickiness", "resource_stickiness"),
        ("guests/web/adress", "address"),
        ("drbd/protocoll", "protocol"),
    ],
)
def test_a_misspelt_key_is_refused_with_the_nearest_one(
    complaint: Complaint, file: Path, key: str, nearest: str
) -> None:
    write_edited(file, key, 1)
    assert complaint(file) == f"{key.replace('/', '.')}: unknown key, write {nearest}"


@pytest.mark.parametrize("key", ["nodes/alpha/name", "guests/web/name", "guests/web/minor"])
def test_what_follows_from_its_place_is_not_written(
    complaint: Complaint, file: Path, key: str
) -> None:
    write_edited(file, key, "alpha")
    assert complaint(file).startswith(f"{key.replace('/', '.')}: unknown key")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("packages", "packages for each of data, arbitrator"),
        ("nodes", "two data nodes and an arbitrator by name"),
        ("nodes/bravo/role", "data or arbitrator"),
        ("guests/shop/address", "an IPv4 address"),
        ("ping", "a mapping with the keys attempts, timeout_s"),
        ("drbd/protocol", "A, B or C"),
    ],
)
def test_a_missing_key_is_named_with_what_to_write(
    complaint: Complaint, file: Path, key: str, wanted: str
) -> None:
    write_edited(file, key, GONE)
    assert complaint(file) == f"{key.replace('/', '.')}: missing, write {wanted}"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("release", "sid", "found 'sid', write bookworm or trixie"),
        ("nodes", [], "found [], write two data nodes and an arbitrator by name"),
        ("nodes/alpha", 3, f"found 3, write a mapping with the keys {NODE}"),
        ("nodes/alpha/memory_mib", 100, "found 100, write MiB from 384 to 1048576"),
        ("nodes/alpha/role", "boss", "found 'boss', write data or arbitrator"),
        ("nodes/alpha/cpus", True, "found True, write a count from 1 to 8"),
        ("guests", "none", "found 'none', write guests by name"),
        ("guests", {}, "found {}, write guests by name"),
        ("guests/web", "alpha", f"found 'alpha', write a mapping with the keys {GUEST}"),
        ("guests/web/address", "here", "found 'here', write an IPv4 address"),
        ("guests/web/address", 172829205, "found 172829205, write an IPv4 address"),
        ("guests/web/address", "10.077.2.21", "found '10.077.2.21', write an IPv4 address"),
        ("guests/web/address", "fd00::1", "found 'fd00::1', write an IPv4 address"),
        ("nodes/alpha/addresses/lan", True, "found True, write an IPv4 address"),
        ("networks/lan", False, "found False, write networks for mgmt, "),
        ("networks/lan", "10.77.2.5/24", "found '10.77.2.5/24', write networks for mgmt, "),
        ("corosync/token_ms", -3000, "found -3000, write milliseconds from 300 to 60000"),
        ("drbd/fencing", "stonith", "found 'stonith', write dont-care, resource-only or "),
        ("guest_disk/cache", False, "found False, write none, writethrough, "),
        ("pacemaker/stonith_enabled", "yes", "found 'yes', write true or false"),
        ("timings/kvm/agent_scale", 0, "found 0, write a factor above 0, at most 100"),
        ("timings/kvm/agent_scale", float("inf"), "found inf, write a factor above 0"),
        ("timings/fpga", {}, "found 'fpga', write "),
        ("packages/boss", {}, "found 'boss', write "),
        ("data_disk_mib", 10**10, "found 10000000000, write MiB from 1024 to 16777216"),
    ],
)
def test_a_value_that_does_not_fit_is_shown_with_its_key(
    complaint: Complaint, file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    [line] = [one for one in complaint(file).split("; ") if "missing" not in one]
    assert line.startswith(f"{key.replace('/', '.')}: {text}")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_without_a_value_is_a_mistake(
    complaint: Complaint, file: Path, section: str
) -> None:
    write_edited(file, section, None)
    assert complaint(file).startswith(f"{section}: found no value, write ")


def test_all_mistakes_are_told_at_once(complaint: Complaint, file: Path) -> None:
    write_edited(file, "nodes/alpha/cpus", 0)
    file.write_text(file.read_text().replace("pacemaker:\n", "pacemakr:\n"))
    assert sorted(complaint(file).split("; ")) == [
        "nodes.alpha.cpus: found 0, write a count from 1 to 8",
        f"pacemaker: missing, write a mapping with the keys {', '.join(Pacemaker.model_fields)}",
        "pacemakr: unknown key, write pacemaker",
    ]
