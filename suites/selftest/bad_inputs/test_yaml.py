"""Texts that are no plain YAML, or no plan: refused before anything is guessed."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from harness.plan.plain_yaml import DEEPEST, LARGEST_KIB
from suites.selftest.command_line import Command

BOMB = "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcd"))
ROWS = {
    "empty": ("", "empty, write a mapping with the keys release,"),
    "only a comment": ("# a plan\n", "empty, write a mapping with the keys"),
    "a list": ("- alpha\n", "found ['alpha'], write a mapping with the keys"),
    "a word": ("alpha\n", "found 'alpha', write a mapping with the keys"),
    "open": ("nodes: [\n", "not YAML: while parsing"),
    "two colons": ("a: b: c\n", "not YAML: mapping values are not allowed here"),
    "a tab": ("\tnodes: 1\n", "not YAML: while scanning for the next token"),
    "a NUL": ("nodes: 1\0\n", "not YAML: unacceptable character #x0000"),
    "two documents": ("nodes: 1\n---\nnodes: 2\n", "not YAML: expected a single document"),
    "a list as a key": ("? {a: 1}\n: 2\n", "not YAML: while constructing a mapping"),
    "no such date": ("release: 2026-13-01\n", "not YAML: month must be in 1..12"),
    "many digits": (f"release: {'9' * 5000}\n", "not YAML: Exceeds the limit"),
    "many hex digits": (f"release: 0x{'9' * 5000}\n", "release: found a huge number, write book"),
    "a key twice": ("release: a\nrelease: b\n", "line 2: release is written twice, remove one"),
    "a number twice": ("1: a\n1: b\n", "line 2: 1 is written twice, remove one of them"),
    "a key twice below": ("drbd: {protocol: A, protocol: C}\n", "protocol is written twice"),
    "an alias": ("nodes: &all {}\nguests: *all\n", "line 2: has an alias (`*`), write plain"),
    "a merge key": ("<<: *all\n", "line 1: has an alias (`*`), write plain values"),
    "an alias bomb": (BOMB, "line 2: has an alias (`*`), write plain values"),
    "a tag": ("release: !!int 1:30\n", "line 1: has a tag (`!`), write plain values"),
    "a tag of Python": ("a: !!python/name:os.system x\n", "line 1: has a tag (`!`)"),
    "YAML 1.1": ("%YAML 1.1\n---\nrelease: yes\n", "line 1: has a directive (`%`), write plain"),
    "a handle": ("%TAG ! tag:x,1:\n---\nrelease: a\n", "line 1: has a directive (`%`)"),
    "deep": ("[" * 3000, f"line 1: more than {DEEPEST} levels, write fewer"),
    "deep in lines": ("".join(f"{' ' * n}a:\n" for n in range(99)), f"more than {DEEPEST} levels"),
    "large": ("#" * (LARGEST_KIB * 1024 + 1), f"larger than {LARGEST_KIB} KiB, write less"),
    "a number as a key": ("nodes: {1: {}}\n", "nodes.1: found 1, write"),
    "yes as a switch": ("drbd: {protocol: yes}\n", "drbd.protocol: found 'yes', write A, B or C"),
    "an octal number": ("guest_disk_mib: 0o1\n", "guest_disk_mib: found 1, write MiB from 256"),
    "sixty seconds": ("guest_disk_mib: 21:20\n", "guest_disk_mib: found '21:20', write MiB"),
    "not a number": ("guest_disk_mib: .nan\n", "guest_disk_mib: found nan, write MiB"),
    "a text for a number": ("guest_disk_mib: '512'\n", "guest_disk_mib: found '512', write MiB"),
    "no value": ("guest_disk_mib:\n", "guest_disk_mib: found no value, write MiB"),
}


@pytest.mark.parametrize(("text", "why"), ROWS.values(), ids=ROWS)
def test_what_is_no_plain_plan_is_refused(
    up: Callable[..., Command], file: Path, text: str, why: str
) -> None:
    file.write_text(text)
    up("--plan", file).refuses(why)


@pytest.mark.parametrize("content", [b"\xff\xfe", "nodes: ä".encode("latin-1")])
def test_what_is_no_text_is_refused(up: Callable[..., Command], file: Path, content: bytes) -> None:
    file.write_bytes(content)
    up("--plan", file).refuses(f"{file}: not text in UTF-8, write YAML")


def test_a_pipe_is_refused_before_it_is_waited_for(up: Callable[..., Command], file: Path) -> None:
    os.mkfifo(file)
    up("--plan", file).refuses(f"{file}: no regular file, name one")


def test_a_loop_of_links_is_refused(up: Callable[..., Command], file: Path) -> None:
    file.symlink_to(file)
    up("--plan", file).refuses(f"{file}: cannot be read (Too many levels of symbolic links)")
