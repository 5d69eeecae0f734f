"""The command line: what is done to a lab by hand. Tests are run with pytest."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cluster.status import ClusterStatus
from harness.cluster.table import guests_table, nodes_table, remarks
from harness.errors import InputError, LabError
from harness.host.checks import Verdict
from harness.host.doctor import examine
from harness.lab.capsule import Capsule, require_root
from harness.lab.state import PROJECT, LabBusy, State
from harness.plan.load import DEFAULT_PLAN, load
from harness.plan.plan import Plan
from harness.progress import reporter
from harness.report.verdicts import describe
from harness.runs.compare import changes
from harness.runs.store import judged_again
from harness.target.shell import ShellError

LAB_DIR = PROJECT / ".lab"
LATEST = PROJECT / "reports" / "latest"
STYLES = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.LACKING: "bold red"}
INTERRUPTED = 130
SSH_OPTIONS = ("IdentitiesOnly=yes", "StrictHostKeyChecking=accept-new", "LogLevel=ERROR")
LITERAL = {"allow_interspersed_args": False}
"""All that follows the node's name is the command's own, options too."""

app = typer.Typer(
    help="The lab by hand. Suites are run with pytest: pytest suites/failover",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_NAME = typer.Option("--lab", envvar="QUORATE_LAB", help="Name of the lab.")
_LAB_DIR = typer.Option(
    envvar="QUORATE_LAB_DIR",
    resolve_path=True,
    show_default=".lab in the project",
    help="Folder of images, machines and checkpoints.",
)
_PLAN = typer.Option(
    envvar="QUORATE_PLAN",
    resolve_path=True,
    show_default="fixtures/lab.yml",
    help="Plan of the lab.",
)
_ACCEL = typer.Option(envvar="QUORATE_ACCEL", help="How nodes run.")
_NODE = typer.Argument(help="A node of the plan.", show_default=False)
_COMMAND = typer.Argument(help="What to run there; without it, a login.")
_DISCARD = typer.Option("--discard", help="Forget the checkpoint too; the next start builds anew.")
_MOMENT = typer.Argument(help="RUN/TEST, as the run named it.", show_default=False)
_RUN = typer.Argument(help="Folder of a run.", show_default="reports/latest")
LabName = Annotated[str, _NAME]
LabDir = Annotated[Path, _LAB_DIR]
PlanFile = Annotated[Path, _PLAN]


@app.command()
def doctor(
    lab: LabName = "default", lab_dir: LabDir = LAB_DIR, plan: PlanFile = DEFAULT_PLAN
) -> None:
    """Say what this machine lacks to carry a lab.

    Each lack comes with its way out. Changes and builds nothing. Ends with 1 if something
    needed is lacking.
    """
    findings = examine(State(lab_dir, lab), plan)
    table = Table(box=None, show_header=False, pad_edge=False)
    for found in findings:
        verdict = Text(found.verdict, STYLES[found.verdict])
        table.add_row(verdict, Text(found.what), Text(found.said))
    Console().print(table)
    if any(found.verdict is Verdict.LACKING for found in findings):
        raise typer.Exit(1)


@app.command()
def up(
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    plan: PlanFile = DEFAULT_PLAN,
    accel: Annotated[Literal["auto", "kvm", "tcg"], _ACCEL] = "auto",
) -> None:
    """Bring the cluster up, prove it, leave it up.

    It is restored from its checkpoint in seconds, or built from nothing in minutes, and then
    proved by suites/smoke. Ends with pytest's exit code.
    """
    require_root()
    load(plan)
    options = {"--lab": lab, "--lab-dir": lab_dir, "--plan": plan, "--accel": accel}
    words = [f"{option}={value}" for option, value in options.items()]
    _become_pytest("suites/smoke", "--keep-lab", *words)


@app.command()
def status(
    lab: LabName = "default", lab_dir: LabDir = LAB_DIR, plan: PlanFile = DEFAULT_PLAN
) -> None:
    """Show the living cluster, and whether it is settled.

    Nodes, guests and their replicas, fencing, failures, as they are at one moment. It only
    looks, so it may be used while tests run.
    """
    known = load(plan)
    require_root()
    seen, power, serving = _look(known, plan, State(lab_dir, lab))
    console = Console(highlight=False, markup=False)
    console.print(nodes_table(seen, power), "", guests_table(known, seen, serving), "", sep="\n")
    for line in remarks(known, seen):
        console.print(line, soft_wrap=True)


@app.command(context_settings=LITERAL)
def ssh(
    node: Annotated[str, _NODE],
    command: Annotated[list[str] | None, _COMMAND] = None,
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    plan: PlanFile = DEFAULT_PLAN,
) -> None:
    """Log in to a node as root, or run a command there.

    Options go before the node's name: what follows it is the command.
    """
    state, nodes = State(lab_dir, lab), load(plan).nodes
    if node not in nodes:
        raise LabError(f"no node {node!r} in the plan; name one of {', '.join(nodes)}")
    require_root()
    Capsule(state).enter_network()
    # Kept beside the machines: they make new host keys when they are built anew, and the
    # folder is then emptied.
    known_hosts = f'UserKnownHostsFile="{state.folder}/vagrant/known_hosts"'
    options = [word for option in (known_hosts, *SSH_OPTIONS) for word in ("-o", option)]
    target = f"root@{nodes[node].addresses['mgmt']}"
    key = str(state.keys / "ssh")
    os.execvp("ssh", ["ssh", "-i", key, *options, target, *(command or [])])


@app.command()
def down(
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    discard: Annotated[bool, _DISCARD] = False,
) -> None:
    """End the lab at once.

    Its checkpoint stays for the next start. Harmless when the lab is down, refused while a
    test run holds it.
    """
    state = State(lab_dir, lab)
    if not state.folder.is_dir():
        return
    require_root()
    with state.lock():
        Capsule(state).stop()
        if discard:
            from harness.lab.checkpoint import Checkpoint

            Checkpoint(state.checkpoint, state.disks).discard()


@app.command()
def thaw(
    moment: Annotated[str, _MOMENT],
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    plan: PlanFile = DEFAULT_PLAN,
) -> None:
    """Put a frozen lab back into the moment in which its test failed.

    Its fault still bites. Look around with `quorate status` and `quorate ssh`, as often as you
    like: the frozen lab itself does not change. The next test run starts from the checkpoint.
    """
    from harness.lab.lab import Lab

    held = Lab(load(plan), plan, State(lab_dir, lab), wanted_accel="auto")
    require_root()
    with held.state.lock():
        held.thaw(moment)
        held.close()
    print("thawed: `quorate status`, `quorate ssh NODE`; `quorate down` ends it")


@app.command(hidden=True)
def expire(
    order: Path, lab: LabName = "default", lab_dir: LabDir = LAB_DIR, plan: PlanFile = DEFAULT_PLAN
) -> None:
    """Lift a fault that nobody lifted; a process of the lab runs this."""
    from harness.faults import expiry
    from harness.lab.lab import Lab

    if order.exists():  # else it was lifted in time
        held = Lab(load(plan), plan, State(lab_dir, lab), wanted_accel="auto")
        held.attach()
        expiry.expire(order, held)


@app.command(name="judge")
def judge_again(run: Annotated[Path, _RUN] = LATEST) -> None:
    """Judge a stored run again, from its records alone.

    Needs no lab. Ends with 1 when a stored verdict is missing or damaged, or is not that of now.
    """
    judged = changed = False
    for name, verdict in judged_again(run):
        judged = True
        lines = changes(run / name, verdict)
        changed |= bool(lines)
        _write(name, *describe(verdict), *(f"DIFFERS FROM THE RUN: {line}" for line in lines))
    if not judged:
        raise LabError(f"{run}: no test in it; name the folder of a run in reports/")
    if changed:
        raise typer.Exit(1)


def _write(title: str, *lines: str) -> None:
    """Print a title and its lines.

    Raises:
        LabError: standard output is closed or takes nothing.
    """
    if sys.stdout is None:  # as Python starts when it is closed; print would be silent
        raise LabError("cannot write to standard output: it is closed")
    try:
        print(title, *lines, sep="\n  ", flush=True)
    except OSError as error:
        # Python flushes once more as it ends, and would complain in a traceback's words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LabError(f"cannot write to standard output: {error.strerror}") from None


def main() -> None:
    """The console script: a known error is one line and exit code 1, Ctrl-C is 130."""
    # What paramiko says of a lost connection would come as a traceback; the status says it.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            os._exit(INTERRUPTED)  # threads that still ask a slow node would be waited for
        raise
    except (LabBusy, InputError, ShellError, LabError) as error:
        sys.exit(f"quorate: {error}")


def _look(
    plan: Plan, plan_file: Path, state: State
) -> tuple[ClusterStatus, dict[str, bool], dict[str, bool]]:
    """One snapshot, each node's power, each guest's answer. Takes no lock.

    Raises:
        LabError: the lab is down, or has not yet the machines of this plan.
    """
    import libvirt

    from fixtures.serving import serves
    from harness.cluster.cluster import Cluster
    from harness.lab.lab import Lab
    from harness.record.timeline import Timeline

    lab = Lab(plan, plan_file, state, wanted_accel="auto")
    try:
        lab.attach()
        with reporter.console.status("asking the nodes"):
            seen = Cluster(lab, Timeline()).status()
            power = {name: lab.hypervisor.is_running(name) for name in plan.nodes}
            return seen, power, {guest.name: serves(guest) for guest in plan.guests.values()}
    except libvirt.libvirtError as error:
        way_out = "wait if it is being built, else name its plan with --plan"
        raise LabError(f"lab {state.name!r} lacks a machine ({error}); {way_out}") from None
    finally:
        lab.close()


def _become_pytest(*words: str) -> None:
    """pytest in the project's folder, in this process: every signal reaches it, and its exit code
    is the command's."""
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *words])
