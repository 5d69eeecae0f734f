"""What a person may ask of a run: pytest's options, each with an environment variable where a
script may want to set it once."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.lab.state import HOME
from harness.plan.load import DEFAULT_PLAN

ACCELERATIONS = ("auto", "kvm", "tcg")


@dataclass(frozen=True)
class Settings:
    """What the person asked for, by option or by environment variable."""

    plan_file: Path
    profiles: Sequence[str]
    """Laid over the plan, in this order."""
    overrides: Sequence[str]
    """Single settings, laid over them."""
    changes: Sequence[str]
    """Of the living cluster."""
    lab: str
    lab_dir: Path
    accel: str
    keep_lab: bool
    inventory: Path | None
    """Of a cluster that is there already; None for a lab."""


def add_options(parser: pytest.Parser) -> None:
    """Make pytest know them."""
    env = os.environ.get
    group = parser.getgroup("quorate", "the lab and its cluster")
    group.addoption(
        "--plan",
        default=env("QUORATE_PLAN", str(DEFAULT_PLAN)),
        metavar="FILE",
        help="plan of the lab (QUORATE_PLAN)",
    )
    group.addoption(
        "--profile",
        action="append",
        metavar="NAME",
        help="lay a profile over the plan: a name in fixtures/profiles, or a file; may be "
        "repeated (QUORATE_PROFILE, names with commas between)",
    )
    group.addoption(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="lay one setting over the plan, as pacemaker.resource_stickiness=0; may be repeated",
    )
    group.addoption(
        "--change",
        action="append",
        default=[],
        metavar="NAME",
        help="change the living cluster first: a name in fixtures/changes, or a file; may be "
        "repeated",
    )
    group.addoption(
        "--lab", default=env("QUORATE_LAB", "default"), help="name of the lab (QUORATE_LAB)"
    )
    group.addoption(
        "--lab-dir",
        default=env("QUORATE_LAB_DIR", str(HOME / ".lab")),
        metavar="FOLDER",
        help="folder of images, machines and checkpoints (QUORATE_LAB_DIR)",
    )
    group.addoption(
        "--inventory",
        default=env("QUORATE_INVENTORY"),
        metavar="FILE",
        help="test a cluster that is there already: its nodes' addresses and root's SSH key "
        "(QUORATE_INVENTORY)",
    )
    group.addoption(
        "--accel",
        default=env("QUORATE_ACCEL", "auto"),
        choices=ACCELERATIONS,
        help="how nodes run (QUORATE_ACCEL)",
    )
    group.addoption(
        "--freeze-on-failure",
        action="store_true",
        help="save the lab of a failed test as it stands, for `quorate thaw`",
    )
    group.addoption(
        "--evidence",
        action="store_true",
        help="keep evidence of passed tests too: states, journals, consoles, scheduler inputs",
    )
    group.addoption(
        "--repeat", type=_count, default=1, metavar="N", help="run each test that harms N times"
    )
    group.addoption("--keep-lab", action="store_true", help="leave the lab up when the run ends")


def settings(config: pytest.Config) -> Settings:
    """The settings of this run.

    Raises:
        InputError: an environment variable has no such value.
    """
    get = config.getoption
    inventory, profiles = get("--inventory"), get("--profile")
    if profiles is None:
        profiles = list(filter(None, os.environ.get("QUORATE_PROFILE", "").split(",")))
    if get("--accel") not in ACCELERATIONS:  # argparse does not look at a default
        choices = ", ".join(ACCELERATIONS)
        raise InputError(f"QUORATE_ACCEL={get('--accel')}: unknown, write one of {choices}")
    return Settings(
        plan_file=Path(get("--plan")).resolve(),
        profiles=profiles,
        overrides=get("--set"),
        changes=get("--change"),
        lab=get("--lab"),
        lab_dir=Path(get("--lab-dir")).resolve(),
        accel=get("--accel"),
        keep_lab=get("--keep-lab"),
        inventory=Path(inventory).resolve() if inventory else None,
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; write 1 or more")
    return int(text)
