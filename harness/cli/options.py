"""Options and arguments that commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.lab.state import HOME
from harness.paths import given_path

LAB_DIR = HOME / ".lab"
REPORTS = Path("reports")
LATEST = REPORTS / "latest"
LITERAL = {"allow_interspersed_args": False}
"""All that follows the node's name is the command's own, options too."""

_NAME = typer.Option("--lab", envvar="QUORATE_LAB", help="Name of the lab.")
_LAB_DIR = typer.Option(
    envvar="QUORATE_LAB_DIR",
    parser=given_path,
    metavar="FOLDER",
    show_default=".lab in the project",
    help="Folder of images, machines and checkpoints.",
)
_PLAN = typer.Option(
    envvar="QUORATE_PLAN",
    parser=given_path,
    metavar="FILE",
    show_default="fixtures/lab.yml",
    help="Plan of the lab.",
)
_PROFILE = typer.Option(help="Lay a profile over the plan: a name, or a file.")
_SET = typer.Option("--set", metavar="KEY=VALUE", help="Lay one setting over the plan.")
_ACCEL = typer.Option(envvar="QUORATE_ACCEL", help="How nodes run.")
_NODE = typer.Argument(help="A node of the plan.", show_default=False)
_COMMAND = typer.Argument(help="What to run there; without it, a login.")
_DISCARD = typer.Option("--discard", help="Forget the checkpoint too; the next start builds anew.")
_MOMENT = typer.Argument(help="RUN/TEST, as the run named it.", show_default=False)
_RUN = typer.Argument(help="Folder of a run.", show_default="reports/latest")
_JSON = typer.Option("--json", help="Print JSON, for scripts.")
_VERSION = typer.Option("--version", help="Print the version and end.")
LabName = Annotated[str, _NAME]
LabDir = Annotated[Path, _LAB_DIR]
PlanFile = Annotated[Path, _PLAN]
Profiles = Annotated[list[str] | None, _PROFILE]
Overrides = Annotated[list[str] | None, _SET]
Accel = Annotated[Literal["auto", "kvm", "tcg"], _ACCEL]
Node = Annotated[str, _NODE]
Command = Annotated[list[str] | None, _COMMAND]
Discard = Annotated[bool, _DISCARD]
FrozenMoment = Annotated[str, _MOMENT]
Run = Annotated[Path, _RUN]
Json = Annotated[bool, _JSON]
Version = Annotated[bool, _VERSION]
