"""Options and arguments of the commands."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.lab.state import HOME
from harness.paths import given_path

LAB_DIR = HOME / ".lab"
REPORTS = Path("reports")
LATEST = REPORTS / "latest"
LITERAL = {"allow_interspersed_args": False}
"""Settings of a command that treats everything after its first argument as arguments, also words
that look like options."""

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
_PROFILE = typer.Option(help="Overlay the plan with a profile: a name, or a file.")
_SET = typer.Option("--set", metavar="KEY=VALUE", help="Override one setting of the plan.")
_ACCEL = typer.Option(envvar="QUORATE_ACCEL", help="Acceleration of the nodes.")
_NODE = typer.Argument(help="A node of the plan.", show_default=False)
_COMMAND = typer.Argument(help="Command to run on the node. Default: a login shell.")
_DISCARD = typer.Option("--discard", help="Delete the checkpoints too. The next start builds anew.")
_MOMENT = typer.Argument(help="RUN/TEST, as printed by the run.", show_default=False)
_RUN = typer.Argument(help="Folder of a run.", show_default="reports/latest")
_RUNS = typer.Argument(metavar="RUN", help="Folders of runs.", show_default=False)
_PAGE = typer.Option(parser=given_path, metavar="FILE", help="HTML file for the joined report.")
_JSON = typer.Option("--json", help="Print JSON, for scripts.")
_VERSION = typer.Option("--version", help="Print the version and exit.")
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
Runs = Annotated[list[Path], _RUNS]
Page = Annotated[Path | None, _PAGE]
Json = Annotated[bool, _JSON]
Version = Annotated[bool, _VERSION]
