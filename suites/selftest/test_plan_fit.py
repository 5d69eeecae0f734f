"""A plan whose parts do not fit together, or not this machine, is refused in one line."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.plan.load import check_memory, load
from harness.plan.plan import Plan
from suites.selftest.plans import GONE, SHIPPED, complaint, write_edited

FREE = "write a free address of 10.77.2.0/24"
TWO_AND_ONE = "nodes: write two nodes with `role: data`, one with `role: arbitrator`"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.yml"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("networks/lan", GONE, "networks: lan is missing; write `lan: 10.77.9.0/24`"),
        ("nodes/arbiter", GONE, TWO_AND_ONE),
        ("nodes/arbiter/role", "data", TWO_AND_ONE),
        ("nodes/alpha/role", "arbitrator", TWO_AND_ONE),
        (
            "guests/web/prefers",
            "arbiter",
            "guests.web.prefers: no data node 'arbiter'; write one of alpha, bravo",
        ),
        (
            "nodes/bravo/addresses/lan",
            GONE,
            "nodes.bravo.addresses: lan is missing; write `lan: <address>`",
        ),
        (
            "nodes/bravo/addresses/moon",
            "10.9.9.9",
            "nodes.bravo.addresses.moon: no network 'moon'; write one of mgmt, backplane, lan",
        ),
        (
            "nodes/bravo/addresses/lan",
            "10.9.9.9",
            "nodes.bravo.addresses.lan: write an address of 10.77.2.0/24 from 10.77.2.2 on",
        ),
        (
            "nodes/bravo/addresses/lan",
            "10.77.2.11",
            f"nodes.alpha.addresses.lan: 10.77.2.11 is used twice; {FREE}",
        ),
        (
            "guests/shop/address",
            "10.77.2.13",
            f"nodes.arbiter.addresses.lan: 10.77.2.13 is used twice; {FREE}",
        ),
        (
            "data_disk_mib",
            1103,
            "data_disk_mib: the guests' disks do not fit; write 1104 or more",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(
    file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    assert text in complaint(file)


@pytest.mark.parametrize("last", [0, 1, 255], ids=["network", "gateway", "broadcast"])
def test_a_reserved_address_is_given_to_no_guest(file: Path, last: int) -> None:
    write_edited(file, "guests/web/address", f"10.77.2.{last}")
    wanted = "guests.web.address: write an address of 10.77.2.0/24 from 10.77.2.2 on"
    assert complaint(file) == wanted


def test_a_disk_that_just_fits_is_accepted(file: Path) -> None:
    write_edited(file, "data_disk_mib", 1104)
    assert load(file).data_disk_mib == 1104


def test_more_memory_than_the_machine_has_is_refused(plan: Plan) -> None:
    with pytest.raises(InputError) as refused:
        check_memory(plan, available_mib=3072)
    assert str(refused.value) == (
        "nodes.*.memory_mib: the nodes want 3072 MiB, this machine has 3072 MiB; "
        "write 921 or less for each"
    )


def test_a_tenth_of_the_memory_is_left_to_the_machine(plan: Plan) -> None:
    check_memory(plan, available_mib=3414)
    with pytest.raises(InputError):
        check_memory(plan, available_mib=3413)


def test_the_memory_of_this_machine_is_looked_at(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"total": 2**30}))
    with pytest.raises(InputError, match="this machine has 1024 MiB"):
        check_memory(plan)


PRIVATE = "write a private network of 256 addresses, as 10.77.9.0/24"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("networks/lan", "10.77.2.11/32", f"networks.lan: {PRIVATE}"),
        ("networks/lan", "10.0.0.0/8", f"networks.lan: {PRIVATE}"),
        ("networks/backplane", "127.0.0.0/24", f"networks.backplane: {PRIVATE}"),
        ("networks/backplane", "239.1.1.0/24", f"networks.backplane: {PRIVATE}"),
        ("networks/backplane", "240.0.0.0/24", f"networks.backplane: {PRIVATE}"),
        ("networks/backplane", "8.8.8.0/24", f"networks.backplane: {PRIVATE}"),
        (
            "networks/store",
            "10.77.3.0/24",
            "networks.store: unknown key; remove it or write one of mgmt, backplane, lan",
        ),
        (
            "networks/backplane",
            "10.77.2.0/24",
            "networks.backplane: overlaps lan; write a free network",
        ),
        ("timings/tcg", GONE, "timings.tcg: missing; write `tcg:` and its limits"),
        (
            "timings/tcg/drbd_ping_timeout_ds",
            151,
            "timings.tcg.drbd_ping_timeout_ds: write drbd_timeout_ds or less",
        ),
        ("packages/arbitrator", GONE, "packages.arbitrator: missing; write `arbitrator: {}`"),
        ("packages/data", {}, "packages.data: empty; write the packages of the stack"),
        (
            "packages/data",
            {"foo; reboot": "*"},
            "packages.data.foo; reboot: write the name of a Debian package",
        ),
        (
            "packages/data",
            {"corosync": "3 || reboot"},
            "packages.data.corosync: write a version, as 2.1.* or 1:4.12.*",
        ),
        (
            "guests/web/memory_mib",
            1000,
            "nodes.alpha.memory_mib: not all guests fit on it; write 1768 or more",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(file: Path, key: str, value: object, text: str) -> None:
    write_edited(file, key, value)
    assert text in complaint(file)


GUEST = {"prefers": "alpha", "address": "10.77.2.30", "memory_mib": 128}
SMALL = "write a name of small letters, digits and single dashes, 31 characters at most"
TAKEN = "this name has a meaning in the stack; write another one"


@pytest.mark.parametrize(
    "name", ["Blog", "b;log", "-b", "b-", "b--log", "b log", "b" * 32, "blög", "1st", "a.b", "../a"]
)
def test_a_name_that_no_command_should_see_is_refused(file: Path, name: str) -> None:
    write_edited(file, f"guests/{name}" if "/" not in name else "guests/b_c", GUEST)
    assert SMALL in complaint(file)


@pytest.mark.parametrize(
    "name",
    [
        *("ping", "defaults", "all", "global", "common", "options", "localhost", "snapshot"),
        *("drbd-shop", "fence-alpha", "ping-clone", "cib-bootstrap", "pvmove0"),
        *("web-start", "web-monitor", "web-clone", "web-settings", "web-prefers"),
    ],
)
def test_a_name_that_the_stack_uses_itself_is_refused(file: Path, name: str) -> None:
    write_edited(file, f"guests/{name}", GUEST)
    assert complaint(file) == f"guests.{name}: {TAKEN}"


def test_a_guest_is_not_called_like_a_node(file: Path) -> None:
    write_edited(file, "guests/bravo", GUEST)
    assert complaint(file) == "guests.bravo: a node has this name; write another one"


def test_no_node_has_the_name_of_a_guests_console(file: Path) -> None:
    write_edited(file, "nodes/alpha-web", SHIPPED["nodes"]["arbiter"])
    assert "nodes.alpha-web: the console of web on alpha has this name too" in complaint(file)


@pytest.mark.parametrize("name", ["web-db", "w", "a-1-b", "b" * 31, "stop", "clone1"])
def test_any_other_name_is_accepted(file: Path, name: str) -> None:
    write_edited(file, f"guests/{name}", GUEST)
    assert name in load(file).guests
