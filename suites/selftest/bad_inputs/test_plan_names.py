"""Names that a command, a file or Pacemaker would take for something else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from suites.selftest.plans import SHIPPED, write_edited

Complaint = Callable[[Path], str]
GUEST = {"prefers": "alpha", "address": "10.77.2.30", "memory_mib": 128}
SMALL = "write a name of small letters, digits and single dashes, 31 characters at most"
TAKEN = "this name has a meaning in the stack; write another one"


@pytest.mark.parametrize(
    "name", ["Blog", "b;log", "-b", "b-", "b--log", "b log", "b" * 32, "blög", "1st", "a.b", "../a"]
)
def test_a_name_that_no_command_should_see_is_refused(
    complaint: Complaint, file: Path, name: str
) -> None:
    write_edited(file, f"guests/{name}" if "/" not in name else "guests/b_c", GUEST)
    assert SMALL in complaint(file)


@pytest.mark.parametrize(
    "name",
    [
        *("ping", "defaults", "all", "global", "common", "options", "localhost", "snapshot"),
        *(
            "fence",
            "drbd",
            "cib",
            "drbd-shop",
            "fence-alpha",
            "ping-clone",
            "cib-bootstrap",
            "pvmove0",
        ),
        *("web-start", "web-monitor", "web-clone", "web-settings", "web-prefers"),
    ],
)
def test_a_name_that_the_stack_uses_itself_is_refused(
    complaint: Complaint, file: Path, name: str
) -> None:
    write_edited(file, f"guests/{name}", GUEST)
    assert complaint(file) == f"guests.{name}: {TAKEN}"


def test_a_guest_is_not_called_like_a_node(complaint: Complaint, file: Path) -> None:
    write_edited(file, "guests/bravo", GUEST)
    assert complaint(file) == "guests.bravo: a node has this name; write another one"


def test_no_node_has_the_name_of_a_guests_console(complaint: Complaint, file: Path) -> None:
    write_edited(file, "nodes/alpha-web", SHIPPED["nodes"]["arbiter"])
    assert "nodes.alpha-web: the console of web on alpha has this name too" in complaint(file)
