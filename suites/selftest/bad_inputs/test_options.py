"""Options, environment variables, names and folders that cannot be used."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Exit
from suites.selftest.command_line import Command

LONG = "x" * 300
NO_NAME = "write small letters, digits and single dashes"
EMPTY = "an empty path; name a file or a folder"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["frobnicate"], "No such command 'frobnicate'; type `quorate -h`"),
        (["--frob"], "No such option: --frob"),
        (["status", "--frob"], "No such option: --frob; type `quorate status -h`"),
        (["status", "extra"], "unexpected extra argument(s) (extra)"),
        (["doctor", "--lab"], "Option '--lab' requires an argument"),
        (["doctor", "--json=yes"], "Option '--json' does not take a value"),
        (["ssh"], "Missing argument 'node'"),
        (["thaw"], "Missing argument 'moment'"),
        (["up", "--accel", "hvf"], "'hvf' is not one of 'auto', 'kvm', 'tcg'"),
        (["up", "--profile", ""], "--profile : unknown, write one of debian-12"),
        (["up", "--profile", "nope"], "--profile nope: unknown, write one of debian-12"),
        (["up", "--profile", "a\nb"], "--profile a\\nb: unknown, write one of debian-12"),
        (["up", "--profile", "gone/x"], "gone/x: cannot be read (No such file"),
        (["up", "--plan", ""], EMPTY),
        (["up", "--plan", "gone.yml"], "gone.yml: cannot be read (No such file"),
        (["up", "--plan", "a\nb"], "a\\nb: cannot be read"),
        (["up", "--plan", "/"], "/: cannot be read (Is a directory)"),
        (["up", "--plan", LONG], "cannot be read (File name too long)"),
        (["up", "--plan", "/dev/zero"], "/dev/zero: no regular file, name one"),
        (["doctor", "--plan", "gone.yml"], "gone.yml: cannot be read (No such file"),
        (["doctor", "--lab-dir", ""], EMPTY),
        (["doctor", "--lab-dir", "a%h"], "a%h: write a path of letters, digits, spaces"),
        (["down", "--lab-dir", "a,b"], "a,b: write a path of letters, digits, spaces"),
        (["up", "--lab-dir", 'a"b'], 'a"b: write a path of letters, digits, spaces'),
        (["list", "--lab-dir", "a\nb"], "a\\nb: write a path of letters, digits, spaces"),
        (["doctor", "--lab-dir", LONG], "cannot be used (File name too long)"),
        (["list", "--lab-dir", "/etc/passwd"], "--lab-dir /etc/passwd: is no folder"),
        (["doctor", "--lab-dir", "/etc/passwd/x"], "cannot be used (Not a directory)"),
        (["up", "--lab-dir", "/etc/passwd"], "--lab-dir /etc/passwd: is no folder"),
        (["thaw", "a/b", "--lab-dir", "/etc/passwd/x"], "cannot be used (Not a directory)"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_the_command_line_cannot_use_is_one_line(
    quorate: type[Command], words: list[str], text: str
) -> None:
    quorate(*words).refuses(text)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("QUORATE_LAB", "../../t", f"--lab '../../t': {NO_NAME}"),
        ("QUORATE_LAB_DIR", "/etc/passwd", "--lab-dir /etc/passwd: is no folder"),
        ("QUORATE_PLAN", "gone.yml", "gone.yml: cannot be read"),
        ("QUORATE_ACCEL", "hvf", "'hvf' is not one of 'auto', 'kvm', 'tcg'"),
    ],
)
def test_a_variable_is_checked_as_its_option(
    quorate: type[Command], monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    monkeypatch.setenv(name, value)
    quorate("up").refuses(text)


@pytest.mark.parametrize(
    "name", ["", "..", "../../t", "a/b", "a" * 41, "images", "Lab", "-a", "a b", "ä", "a\nb"]
)
@pytest.mark.parametrize("command", ["down", "status", "doctor", "up"])
def test_a_labs_name_never_leads_out_of_its_folder(
    quorate: type[Command], stopped: list[str], tmp_path: Path, name: str, command: str
) -> None:
    done = quorate(command, "--lab-dir", tmp_path / "labs", "--lab", name)
    done.refuses(f"--lab {name!r}: {NO_NAME}")
    assert not stopped
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("", "write a key of the plan and its value, as a.b=1"),
        ("token", "write a key of the plan and its value, as a.b=1"),
        ("=1", "write a key of the plan and its value, as a.b=1"),
        ("corosync.=1", "write a key of the plan and its value, as a.b=1"),
        (".".join("a" * 99) + "=1", "write a key of the plan and its value, as a.b=1"),
        ("corosync.token_ms=[", "the value: not YAML: while parsing"),
        ("corosync.token_ms=" + "[" * 3000, "the value: line 1: more than 20 levels"),
        ("corosync.token_ms=!!int 1:30", "the value: line 1: has a tag (`!`)"),
        ("corosync.token_ms=&a [*a]", "the value: line 1: has an alias (`*`)"),
        ("corosync.token_ms=%YAML 1.1\n---\n1:30", "line 1: has a directive (`%`)"),
        ("corosync={token_ms: 1, token_ms: 2}", "token_ms is written twice"),
        ("corosync.token_ms=--- 1\n--- 2", "expected a single document"),
        ("corosync.token_ms=\0", "unacceptable character #x0000"),
        ("corosync.token_ms=0x" + "9" * 5000, "found a huge number, write milliseconds"),
        ("corosync.token=1", "corosync.token: unknown key, write token_ms"),
        ("corosync.token_ms=fast", "corosync.token_ms: found 'fast', write milliseconds from"),
        ("corosync=1", "corosync: found 1, write a mapping with the keys token_ms,"),
        ("pacemaker.stonith_enabled=no", "found 'no', write true or false"),
        ("guests.web.prefers=arbiter", "guests.web.prefers: no data node 'arbiter'"),
        ("drbd.protocol=", "drbd.protocol: found no value, write A, B or C"),
        ("timings.tcg.agent_scale=.nan", "timings.tcg.agent_scale: found nan, write a factor"),
    ],
    ids=lambda text: text[:30],
)
def test_a_setting_that_cannot_be_used_is_named(
    up: Callable[..., Command], setting: str, text: str
) -> None:
    up("--set", setting).refuses(text)


def test_help_goes_to_standard_error_when_nothing_was_asked_for(quorate: type[Command]) -> None:
    done = quorate()
    assert done.code == Exit.USAGE
    assert done.err.startswith("Usage: quorate ")
