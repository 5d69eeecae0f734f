"""A plan that cannot be read is refused in one line: the file, the key, and what to write."""

from pathlib import Path

import pytest

from suites.selftest.plans import GONE, SHIPPED, complaint, write_edited

TOP = "release, networks, nodes, guests, guest_disk_mib, data_disk_mib, packages, timings"
NODE = "role, cpus, memory_mib, addresses"
TIMINGS = ", ".join(SHIPPED["timings"]["kvm"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.yml"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("colour", "blue", f"colour: unknown key; remove it or write one of {TOP}"),
        (
            "nodes/alpha/disk",
            2,
            f"nodes.alpha.disk: unknown key; remove it or write one of {NODE}",
        ),
        (
            "guests/web/disk",
            1,
            "guests.web.disk: unknown key; remove it or write one of prefers, address, memory_mib",
        ),
        (
            "timings/tcg/pause",
            1,
            f"timings.tcg.pause: unknown key; remove it or write one of {TIMINGS}",
        ),
    ],
    ids=["of the lab", "of a node", "of a guest", "of the timings"],
)
def test_an_unknown_key_is_refused_with_the_known_ones(
    file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    assert complaint(file) == text


@pytest.mark.parametrize("key", ["release", "nodes", "nodes/bravo/role", "guests/shop/address"])
def test_a_missing_key_is_named_with_what_to_write(file: Path, key: str) -> None:
    write_edited(file, key, GONE)
    dotted = key.replace("/", ".")
    assert complaint(file) == f"{dotted}: missing; write `{key.split('/')[-1]}: ...`"


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("nodes/alpha/memory_mib", 100, "Input should be greater than or equal to 384 (found 100)"),
        ("nodes/alpha/role", "boss", "Input should be 'data' or 'arbitrator' (found 'boss')"),
        ("guests/web/address", "here", "Input is not a valid IPv4 address (found 'here')"),
        (
            "networks/lan",
            "10.77.2.5/24",
            "Input is not a valid IPv4 network (found '10.77.2.5/24')",
        ),
        ("timings/kvm/agent_scale", 0, "Input should be greater than 0 (found 0)"),
        ("nodes", [], "Input should be a valid dictionary (found [])"),
        ("guests", "none", "Input should be a valid dictionary (found 'none')"),
    ],
)
def test_a_value_that_does_not_fit_is_shown_with_its_key(
    file: Path, key: str, value: object, text: str
) -> None:
    write_edited(file, key, value)
    assert complaint(file) == f"{key.replace('/', '.')}: {text}"


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    wanted = "cannot be read (No such file or directory); name a plan that exists"
    assert complaint(file) == wanted


def test_text_that_is_not_yaml_is_refused_in_one_line(file: Path) -> None:
    file.write_text("nodes: [\n")
    assert complaint(file).startswith("not YAML: while parsing")


@pytest.mark.parametrize("text", ["", "- alpha\n", "alpha\n"], ids=["nothing", "a list", "a word"])
def test_a_file_that_holds_no_mapping_is_told_the_keys(file: Path, text: str) -> None:
    file.write_text(text)
    assert complaint(file) == f"write a mapping with the keys {TOP}"


def test_a_file_that_is_no_text_is_refused_in_one_line(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    assert complaint(file).startswith("not ")
