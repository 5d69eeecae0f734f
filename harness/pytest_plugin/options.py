"""What a person may ask of a run: pytest's options, those that a script may want to set once as
environment variables too."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.lab.state import PROJECT
from harness.plan.load import DEFAULT_PLAN


@dataclass(frozen=True)
class Settings:
    """What the person asked for, by option or by environment variable."""

    plan_file: Path
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
        "--plan", default=env("QUORATE_PLAN", str(DEFAULT_PLAN)), help="plan of the lab"
    )
    group.addoption("--lab", default=env("QUORATE_LAB", "default"), help="name of the lab")
    group.addoption(
        "--lab-dir",
        default=env("QUORATE_LAB_DIR", str(PROJECT / ".lab")),
        help="folder of images, machines and checkpoints",
    )
    group.addoption(
        "--inventory",
        default=env("QUORATE_INVENTORY"),
        metavar="FILE",
        help="test a cluster that is there already: its nodes' addresses and root's SSH key",
    )
    group.addoption(
        "--accel",
        default=env("QUORATE_ACCEL", "auto"),
        choices=["auto", "kvm", "tcg"],
        help="how nodes run",
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
        "--repeat", type=int, default=1, metavar="N", help="run each test that harms N times"
    )
    group.addoption("--keep-lab", action="store_true", help="leave the lab up when the run ends")


def settings(config: pytest.Config) -> Settings:
    """The settings of this run."""
    get = config.getoption
    lab_dir = Path(get("--lab-dir")).resolve()
    plan_file = Path(get("--plan")).resolve()
    inventory = get("--inventory")
    return Settings(
        plan_file=plan_file,
        lab=get("--lab"),
        lab_dir=lab_dir,
        accel=get("--accel"),
        keep_lab=get("--keep-lab"),
        inventory=Path(inventory).resolve() if inventory else None,
    )
