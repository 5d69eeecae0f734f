"""Commands that control a lab: doctor, up, status, ssh, down and thaw."""

import os
import sys
from dataclasses import asdict
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.app import app
from harness.cli.options import (
    LAB_DIR,
    LITERAL,
    Accel,
    Command,
    Discard,
    FrozenMoment,
    Json,
    LabDir,
    LabName,
    Node,
    Overrides,
    PlanFile,
    Profiles,
)
from harness.cli.output import print_json
from harness.cluster.conditions import settled
from harness.cluster.status import ClusterStatus
from harness.cluster.summary import summary
from harness.cluster.table import guests_table, nodes_table, remarks
from harness.errors import Exit, InputError, LabError
from harness.host.checks import Verdict
from harness.host.doctor import examine
from harness.lab.capsule import Capsule, require_root
from harness.lab.state import HOME, PROJECT, State
from harness.plan.load import DEFAULT_PLAN, load
from harness.plan.plan import Plan
from harness.progress import reporter

STYLES = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.LACKING: "bold red"}
SSH_OPTIONS = ("IdentitiesOnly=yes", "StrictHostKeyChecking=accept-new", "LogLevel=ERROR")


@app.command()
def doctor(
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    plan: PlanFile = DEFAULT_PLAN,
    as_json: Json = False,
) -> None:
    """Check that this machine can run a lab.

    Prints a finding for each need, and the remedy for what is lacking. Changes and builds nothing.
    Exits with 1 if something needed is lacking.
    """
    findings = examine(State(lab_dir, lab), plan)
    lacking = any(found.verdict is Verdict.LACKING for found in findings)
    if as_json:
        print_json([asdict(found) for found in findings])
        raise typer.Exit(Exit.FAILED if lacking else Exit.OK)
    table = Table(box=None, show_header=False, pad_edge=False)
    for found in findings:
        verdict = Text(found.verdict, STYLES[found.verdict])
        table.add_row(verdict, Text(found.what), Text(found.detail))
    Console().print(table)
    if lacking:
        raise typer.Exit(Exit.FAILED)


@app.command()
def up(
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    plan: PlanFile = DEFAULT_PLAN,
    profile: Profiles = None,
    setting: Overrides = None,
    accel: Accel = "auto",
) -> None:
    """Start the lab, test its cluster, and leave it running.

    The cluster is restored from its checkpoint in seconds, or built in minutes. Then suites/smoke
    tests it. Exits with pytest's exit status.
    """
    state = State(lab_dir, lab)
    profiles, settings = profile or [], setting or []
    load(plan, profiles=profiles, settings=settings)
    require_root()
    options = [("--lab", lab), ("--lab-dir", state.root), ("--plan", plan), ("--accel", accel)]
    options += [*(("--profile", one) for one in profiles), *(("--set", one) for one in settings)]
    words = [f"{option}={value}" for option, value in options]
    smoke = str(PROJECT / "suites" / "smoke")
    _exec_pytest(smoke, "-m", "not slow", "--keep-lab", *words)


@app.command()
def status(lab: LabName = "default", lab_dir: LabDir = LAB_DIR, as_json: Json = False) -> None:
    """Show the living cluster, and whether it is settled.

    Shows nodes, guests and their replicas, fencing and failures at one moment. It changes nothing,
    so it may run beside tests. Exits with 3 if the lab is down, with 4 if the cluster is not
    settled.
    """
    from harness.faults.expiry import in_place

    require_root()
    state = State(lab_dir, lab)
    plan = load_plan(state)
    if not Capsule(state).running:
        print(f"quorate: lab {lab!r} is down; type `quorate up`", file=sys.stderr)
        raise typer.Exit(Exit.DOWN)
    cluster, power, serving = _snapshot(plan, state)
    faults = [fault.name for fault in in_place(state.folder, plan).values()]
    exit_status = Exit.OK if settled(plan).holds(cluster) else Exit.NOT_SETTLED
    if as_json:
        print_json(summary(plan, cluster, power, serving) | {"faults": faults})
        raise typer.Exit(exit_status)
    console = Console(highlight=False, markup=False)
    tables = nodes_table(cluster, power), "", guests_table(plan, cluster, serving), ""
    console.print(*tables, sep="\n")
    for line in (*(f"fault in place: {fault}" for fault in faults), *remarks(plan, cluster)):
        console.print(line, soft_wrap=True)
    raise typer.Exit(exit_status)


@app.command(context_settings=LITERAL)
def ssh(
    node: Node,
    command: Command = None,
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
) -> None:
    """Log in to a node as root, or run a command there.

    Options go before the node's name. Everything after it is the command.
    """
    require_root()
    state = State(lab_dir, lab)
    nodes = load_plan(state).nodes
    if node not in nodes:
        raise InputError(f"no node {node!r} in the plan; name one of {', '.join(nodes)}")
    Capsule(state).enter_network()
    # Machines that are built again have new host keys. The folder is emptied then, so ssh finds
    # no old key.
    known_hosts = f'UserKnownHostsFile="{state.folder}/vagrant/known_hosts"'
    options = [word for option in (known_hosts, *SSH_OPTIONS) for word in ("-o", option)]
    target = f"root@{nodes[node].addresses['mgmt']}"
    key = str(state.keys / "ssh")
    os.execvp("ssh", ["ssh", "-i", key, *options, target, *(command or [])])


@app.command()
def down(
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
    discard: Discard = False,
) -> None:
    """Stop the lab immediately.

    Its checkpoint stays for the next start. Does nothing if the lab is down. Fails while a test run
    holds the lab.
    """
    state = State(lab_dir, lab)
    if not state.folder.is_dir():
        print(f"lab {lab}: there is none")
        return
    require_root()
    with state.lock():
        capsule = Capsule(state)
        print(f"lab {lab}: {'ended' if capsule.running else 'was down'}")
        capsule.stop()
        if discard:
            from harness.lab.checkpoint import discard_all

            discard_all(state)
            print(f"lab {lab}: its checkpoints are deleted")


@app.command()
def thaw(moment: FrozenMoment, lab: LabName = "default", lab_dir: LabDir = LAB_DIR) -> None:
    """Restore a frozen lab to the moment in which its test failed.

    The fault is still in place. Examine the lab with `quorate status` and `quorate ssh`. The frozen
    lab does not change, so it can be thawed again. The next test run starts from the checkpoint.
    """
    from harness.lab.lab import Lab

    require_root()
    state = State(lab_dir, lab)
    if moment not in state.frozen_moments:
        available = ", ".join(state.frozen_moments) or "nothing"
        raise InputError(f"nothing frozen as {moment!r}; there is: {available}")
    thawed = Lab(load_plan(state), state, wanted_accel="auto")
    with thawed.state.lock():
        thawed.thaw(moment)
        thawed.close()
    print("thawed: `quorate status`, `quorate ssh NODE`; `quorate down` ends it")


@app.command(hidden=True)
def expire(order: Path, lab: LabName = "default", lab_dir: LabDir = LAB_DIR) -> None:
    """Lift a fault that its test did not lift. A process of the lab runs this command."""
    from harness.faults import expiry
    from harness.lab.lab import Lab

    if order.exists():  # otherwise the fault was lifted in time
        state = State(lab_dir, lab)
        attached = Lab(load_plan(state), state, wanted_accel="auto")
        attached.attach()
        expiry.expire(order, attached)


def load_plan(state: State) -> Plan:
    """Load the lab's resolved plan, or the reference plan if the lab was never up.

    Raises:
        InputError: the plan is damaged, or of another version of Quorate. The message has the way
            out.
    """
    if not state.plan.exists():
        return load(DEFAULT_PLAN)
    try:
        return load(state.plan)
    except InputError as error:
        raise InputError(f"{error}; `quorate up` writes a new one") from None


def _snapshot(plan: Plan, state: State) -> tuple[ClusterStatus, dict[str, bool], dict[str, bool]]:
    """Return the cluster's status, the power of each node, and whether each guest serves.

    It does not lock the lab.

    Raises:
        LabError: the lab is down, or lacks a machine of the plan.
    """
    import libvirt

    from fixtures.serving import serves
    from harness.cluster.cluster import Cluster
    from harness.lab.lab import Lab
    from harness.record.timeline import Timeline

    lab = Lab(plan, state, wanted_accel="auto")
    try:
        lab.attach()
        with reporter.console.status("asking the nodes"):
            cluster = Cluster(lab, Timeline()).status()
            power = {name: lab.hypervisor.is_running(name) for name in plan.nodes}
            return cluster, power, {guest.name: serves(guest) for guest in plan.guests.values()}
    except libvirt.libvirtError as error:
        remedy = "wait if it is being built, else type `quorate up`"
        raise LabError(f"lab {state.name!r} lacks a machine ({error}); {remedy}") from None
    finally:
        lab.close()


def _exec_pytest(*words: str) -> None:
    """Replace this process with pytest, which so gets all signals and sets the exit status."""
    os.chdir(HOME)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", f"--rootdir={HOME}", *words])
