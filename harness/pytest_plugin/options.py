"""Options of a run, added to pytest's. Some can be set by an environment variable as well."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.judge.invariants.catalogue import unknown_numbers
from harness.judge.limits import DEFAULT as DEFAULT_OBJECTIVES
from harness.lab.state import HOME, State
from harness.paths import given_path
from harness.plan.load import DEFAULT_PLAN

ACCELERATIONS = ("auto", "kvm", "tcg")


@dataclass(frozen=True)
class Settings:
    """The values of the options, from the command line or the environment."""

    plan_file: Path
    profiles: Sequence[str]
    """Profiles that override the plan, in this order."""
    overrides: Sequence[str]
    """Single settings that override plan and profiles."""
    changes: Sequence[str]
    """Changes of the living cluster."""
    state: State
    """The lab's folders."""
    accel: str
    keep_lab: bool
    inventory: Path | None
    """Inventory of an existing cluster; None for a lab."""
    objectives: Path
    repeat: int
    until_broken: Sequence[str]
    """Numbers of the invariants whose first violation ends a test."""


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest's parser."""
    group = parser.getgroup("quorate", "the lab and its cluster")
    group.addoption(
        "--plan",
        default=_env("QUORATE_PLAN", DEFAULT_PLAN),
        metavar="FILE",
        help="plan of the lab (QUORATE_PLAN)",
    )
    group.addoption(
        "--profile",
        action="append",
        metavar="NAME",
        help="overlay the plan with a profile: a name in fixtures/profiles, or a file; may be "
        "repeated (QUORATE_PROFILE, names separated by commas)",
    )
    group.addoption(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override one setting of the plan, as pacemaker.resource_stickiness=0; may be "
        "repeated",
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
        "--objectives",
        default=_env("QUORATE_OBJECTIVES", DEFAULT_OBJECTIVES),
        metavar="FILE",
        help="limits that the cluster must meet (QUORATE_OBJECTIVES)",
    )
    group.addoption(
        "--lab", default=_env("QUORATE_LAB", "default"), help="name of the lab (QUORATE_LAB)"
    )
    group.addoption(
        "--lab-dir",
        default=_env("QUORATE_LAB_DIR", HOME / ".lab"),
        metavar="FOLDER",
        help="folder of images, machines and checkpoints (QUORATE_LAB_DIR)",
    )
    group.addoption(
        "--inventory",
        default=os.environ.get("QUORATE_INVENTORY") or None,
        metavar="FILE",
        help="test an existing cluster; the file has its nodes' addresses and root's SSH key "
        "(QUORATE_INVENTORY)",
    )
    group.addoption(
        "--accel",
        default=_env("QUORATE_ACCEL", "auto"),
        metavar="{" + ",".join(ACCELERATIONS) + "}",
        help="acceleration of the nodes (QUORATE_ACCEL)",
    )
    group.addoption(
        "--freeze-on-failure",
        action="store_true",
        help="save the lab of a failed test with its fault in place, for `quorate thaw`",
    )
    group.addoption(
        "--until-broken",
        default="",
        metavar="NUMBERS",
        help="end a test at the first violation of one of these invariants, as I5,I6",
    )
    group.addoption(
        "--evidence",
        action="store_true",
        help="keep evidence of passed tests too: states, journals, consoles, scheduler inputs",
    )
    group.addoption(
        "--repeat", default="1", metavar="N", help="run each test that injects a fault N times"
    )
    group.addoption("--keep-lab", action="store_true", help="leave the lab up when the run ends")


def settings(config: pytest.Config) -> Settings:
    """Return the settings of this run.

    Raises:
        InputError: an option, or its environment variable, has an invalid value.
    """
    get = config.getoption
    return Settings(
        plan_file=_path(config, "plan"),
        profiles=_profiles(config),
        overrides=get("--set"),
        changes=get("--change"),
        state=State(_path(config, "lab-dir"), get("--lab")),
        accel=_acceleration(config),
        keep_lab=get("--keep-lab"),
        inventory=None if get("--inventory") is None else _path(config, "inventory"),
        objectives=_path(config, "objectives"),
        repeat=_count(config),
        until_broken=until_broken(config),
    )


def _env(name: str, default: str | Path) -> str:
    """Return the value of a variable, or the default if it is unset or empty."""
    return os.environ.get(name) or str(default)


def _path(config: pytest.Config, option: str) -> Path:
    try:
        return given_path(config.getoption(f"--{option}"))
    except ValueError as error:
        raise InputError(f"--{option}: {error}") from None


def _profiles(config: pytest.Config) -> list[str]:
    names: list[str] | None = config.getoption("--profile")
    if names is None:
        return list(filter(None, os.environ.get("QUORATE_PROFILE", "").split(",")))
    return names


def _acceleration(config: pytest.Config) -> str:
    """Return the validated acceleration.

    argparse does not validate defaults, and its error message has four lines.
    """
    name: str = config.getoption("--accel")
    if name not in ACCELERATIONS:
        choices = ", ".join(ACCELERATIONS)
        raise InputError(f"--accel {name} (or QUORATE_ACCEL): unknown, write one of {choices}")
    return name


def _count(config: pytest.Config) -> int:
    text: str = config.getoption("--repeat")
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise InputError(f"--repeat {text}: write a count from 1 to 9999")
    return int(text)


def until_broken(config: pytest.Config) -> list[str]:
    """Return the invariants whose first violation ends a test.

    Raises:
        InputError: a number is no invariant's.
    """
    text: str = config.getoption("--until-broken")
    numbers = [number for number in text.split(",") if number]
    if unknown := unknown_numbers(numbers):
        raise InputError(f"--until-broken: {unknown}")
    return numbers
