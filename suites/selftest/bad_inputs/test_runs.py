"""Runs of pytest that are refused before anything is built."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from harness.judge.limits import DEFAULT, FileLimits
from harness.plan.strict_yaml import content
from suites.selftest.plans import as_yaml

pytest_plugins = ["pytester"]

Refused = Callable[..., None]
SHIPPED: dict[str, Any] = content(DEFAULT, FileLimits)
LENGTH = "write seconds above 0, as 45 or 1.5"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--plan gone.yml", "gone.yml: cannot be read (No such file or directory)"),
        ("--plan=", "--plan: an empty path; name a file or a folder"),
        ("--profile nope", "--profile nope: unknown, write one of debian-12"),
        ("--set drbd.protocol=D", "drbd.protocol: found 'D', write A, B or C"),
        ("--set stack=[nope]", "stack: nope: no such component; see fixtures/stack"),
        ("--set stack=[component]", "stack: component: no such component"),
        ("--set stack=[../x]", "stack: ../x: no such component"),
        ("--set stack=['']", "stack: : no such component"),
        ("--set stack=[drbd]", "stack: drbd: needs "),
        ("--set stack=[packages,packages]", "stack: packages: is there twice"),
        ("--lab ../x", "--lab '../x': write small letters"),
        ("--lab-dir=/etc/passwd", "--lab-dir /etc/passwd: is no folder"),
        ("--accel hvf", "--accel hvf (or QUORATE_ACCEL): unknown, write one of auto, kvm, tcg"),
        ("--repeat 0", "--repeat 0: write a count from 1 to 9999"),
        ("--repeat=-3", "--repeat -3: write a count from 1 to 9999"),
        ("--repeat ten", "--repeat ten: write a count from 1 to 9999"),
        ("--repeat 1.5", "--repeat 1.5: write a count from 1 to 9999"),
        ("--objectives gone.yml", "gone.yml: cannot be read (No such file or directory)"),
        ("--objectives=", "--objectives: an empty path; name a file or a folder"),
        ("--inventory gone.yml", "gone.yml: cannot be read (No such file or directory)"),
        ("--inventory=", "--inventory: an empty path; name a file or a folder"),
        ("--until-broken I5,I99", "--until-broken: no invariant I99, write some of I1, I2, I3"),
        ("--change nope", "--change nope: unknown, write one of after-sb-discards"),
        ("--change gone.yml", "gone.yml: cannot be read (No such file or directory)"),
        ("no_such_folder", "file or directory not found: no_such_folder"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(refused: Refused, options: str, text: str) -> None:
    refused(text, *options.split())


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("QUORATE_PLAN", "gone.yml", "gone.yml: cannot be read"),
        ("QUORATE_PROFILE", "debian-12,nope", "--profile nope: unknown"),
        ("QUORATE_OBJECTIVES", "gone.yml", "gone.yml: cannot be read"),
        ("QUORATE_INVENTORY", "gone.yml", "gone.yml: cannot be read"),
        ("QUORATE_LAB", "../x", "--lab '../x': write small letters"),
        ("QUORATE_LAB_DIR", "/etc/passwd", "--lab-dir /etc/passwd: is no folder"),
        ("QUORATE_ACCEL", "hvf", "--accel hvf (or QUORATE_ACCEL): unknown"),
    ],
)
def test_a_variable_is_checked_as_its_option(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    monkeypatch.setenv(name, value)
    refused(text)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("kvm", None, "kvm: found no value, write a mapping with the keys unaffected,"),
        ("fpga", {}, "fpga: unknown key, remove it or write one of kvm, tcg"),
        ("tcg/power_cut", [], "tcg.power_cut: found [], write a mapping with the keys hit,"),
        ("tcg/power_cut/hit/reads/longest_s", "40 s", f"longest_s: found '40 s', {LENGTH}"),
        ("tcg/power_cut/hit/reads/longest_s", "00:40", f"longest_s: found '00:40', {LENGTH}"),
        ("tcg/power_cut/hit/reads/longest_s", -5, f"longest_s: found -5, {LENGTH}"),
        ("tcg/power_cut/hit/reads/longest_s", float("nan"), f"found nan, {LENGTH}"),
        ("tcg/power_cut/hit/reads/longest_s", True, f"found True, {LENGTH}"),
        ("tcg/power_cut/hit/reads/longst_s", 5, "longst_s: unknown key, write longest_s"),
        ("kvm/isolation/hit/lost_writes", True, "found True, write a whole number, 0 or more"),
        ("kvm/isolation/hit/lost_writes", 0.5, "found 0.5, write a whole number, 0 or more"),
    ],
)
def test_a_limit_that_nobody_means_is_refused(
    refused: Refused, tmp_path: Path, key: str, value: object, text: str
) -> None:
    raw = part = deepcopy(SHIPPED)
    *path, last = key.split("/")
    for name in path:
        part = part[name]
    part[last] = value
    (tmp_path / "objectives.yml").write_text(as_yaml(raw))
    refused(text, f"--objectives={tmp_path}/objectives.yml")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty, write a mapping with the keys title, plan, nodes, data_nodes, arbitrator,"),
        ("plan: {}\n", "title: missing, write what is different, in a few words"),
        ("title: ''\n", "title: found '', write what is different"),
        ("title: a\nplan: 3\n", "plan: found 3, write keys of the plan with other values"),
        ("title: a\nnode: ls\n", "node: unknown key, write nodes"),
        ("title: a\nbreaks: I5\n", "breaks: found 'I5', write invariants, as [I5]"),
        ("title: a\nbreaks: [I99]\n", "breaks: no invariant I99, write some of I1, I2, I3, I4,"),
        ("title: a\nplan: {drbd: {protocol: D}}\n", "drbd.protocol: found 'D', write A, B or C"),
        ("title: a\nplan: {guests: {}}\n", "plan.guests: no change of a living cluster"),
        ("title: a\nplan: {guest_disk_mib: 600}\n", "; use --profile or --set to build with"),
        ("title: a\nplan: {1: 2}\n", "plan.1: found 1, write keys of the plan"),
        ("title: a\nplan: {drdb: {}}\n", "plan.drdb: no change of a living cluster, it can take"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    refused: Refused, tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "a.yml").write_text(text)
    refused(why, f"--change={tmp_path}/a.yml")


NODES = "\n  alpha: 192.0.2.11\n  bravo: bravo.example.net\n  arbiter: 192.0.2.13\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty, write a mapping with the keys key, nodes"),
        ("key: key", "nodes: missing, write an address or host name for each node of the plan"),
        (f"nodes:{NODES}", "key: missing, write the path of root's private SSH key"),
        (f"key: gone\nnodes:{NODES}", "key: there is no file gone; name root's"),
        (f"key: ~nobody-here/x\nnodes:{NODES}", "key: there is no file"),
        (f"key: {'k' * 300}\nnodes:{NODES}", "key: there is no file kkk"),
        (f"key: .\nnodes:{NODES}", "key: there is no file"),
        (f"key: key\nnodes:{NODES}  delta: 192.0.2.14\n", "nodes.delta: no node of the plan"),
        ("key: key\nnodes: {alpha: a, bravo: b}\n", "nodes.arbiter: missing; write an"),
        (f"key: key\nport: 22\nnodes:{NODES}", "port: unknown key"),
        ("key: key\nnodes: {alpha: 1}\n", "nodes.alpha: found 1, write an address or host"),
        (f"key: key\nkey: other\nnodes:{NODES}", "line 2: key is written twice"),
        ("key: key\nnodes: {alpha: '', bravo: b, arbiter: c}\n", "nodes.alpha: found '', write"),
        ("key: key\nnodes: {alpha: 'a b', bravo: b, arbiter: c}\n", "nodes.alpha: found 'a b'"),
        ("key: key\nnodes: {alpha: -x, bravo: b, arbiter: c}\n", "nodes.alpha: found '-x'"),
        ("key: key\nnodes: {alpha: a, bravo: a, arbiter: c}\n", "nodes.bravo: is alpha's"),
    ],
)
def test_an_inventory_that_reaches_no_cluster_is_refused(
    refused: Refused, tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "key").touch()
    (tmp_path / "site.yml").write_text(text)
    refused(why, f"--inventory={tmp_path}/site.yml")


def test_a_cluster_of_ones_own_is_not_changed(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    (tmp_path / "site.yml").write_text(f"key: key\nnodes:{NODES}")
    options = (f"--inventory={tmp_path}/site.yml", "--change=token-1000")
    refused("--change: a cluster of your own is not changed", *options)
