"""Parts of a plan that do not fit together, or that nothing can be built from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from suites.selftest.plans import GONE, write_edited

Complaint = Callable[[Path], str]
FREE = "write a free address of 10.77.2.0/24"
TWO_AND_ONE = "nodes: write two nodes with `role: data`, one with `role: arbitrator`"
PRIVATE = "write a private network of 256 addresses, as 10.77.9.0/24"


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
    complaint: Complaint, file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    assert text in complaint(file)


@pytest.mark.parametrize("last", [0, 1, 255], ids=["network", "gateway", "broadcast"])
def test_a_reserved_address_is_given_to_no_guest(
    complaint: Complaint, file: Path, last: int
) -> None:
    write_edited(file, "guests/web/address", f"10.77.2.{last}")
    wanted = "guests.web.address: write an address of 10.77.2.0/24 from 10.77.2.2 on"
    assert complaint(file) == wanted


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
        (
            "ping/timeout_s",
            21,
            "ping.timeout_s: all attempts take 63 s, with kvm ping is given 60 s",
        ),
        (
            "operations/ping_start_timeout_s",
            5,
            "all attempts take 6 s, with kvm ping is given 5 s; write less",
        ),
        ("timings/tcg/agent_scale", 0.05, "all attempts take 6 s, with tcg ping is given 3 s"),
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
def test_what_cannot_be_built_is_refused(
    complaint: Complaint, file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    assert text in complaint(file)
