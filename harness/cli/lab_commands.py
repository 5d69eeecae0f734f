"""Commands to a lab: up, status, ssh, down, thaw; and the doctor."""

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
    """Report what this machine lacks to carry a lab.

    Each lack comes with its way out. Changes and builds nothing. Ends with 1 if something
    needed is lacking.
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
    """Bring the cluster up, prove it, leave it up.

    It is restored from its checkpoint in seconds, or built from nothing in minutes, and then
    proved by suites/smoke. Ends with pytest's exit code.
    """
    state = State(lab_dir, lab)
    profiles, settings = profile or [], setting or []
    load(plan, profiles=profiles, settings=settings)
    require_root()
    options = [("--lab", lab), ("--lab-dir", state.root), ("--plan", plan), ("--accel", accel)]
    options += [*(("--profile", one) for one in profiles), *(("--set", one) for one in settings)]
    words = [f"{option}={value}" for option, value in options]
    smoke = str(PROJECT / "suites" / "smoke")
    _become_pytest(smoke, "-m", "not slow", "--keep-lab", *words)


@app.command()
def status(lab: LabName = "default", lab_dir: LabDir = LAB_DIR, as_json: Json = False) -> None:
    """Show the living cluster, and whether it is settled.

    Nodes, guests and their replicas, fencing, failures, as they are at one moment. It only
    looks, so it may be used while tests run. Ends with 3 if the lab is down, with 4 if the cluster
    is not settled.
    """
    require_root()
    state = State(lab_dir, lab)
    known = _plan_of(state)
    if not Capsule(state).running:
        print(f"quorate: lab {lab!r} is down; type `quorate up`", file=sys.stderr)
        raise typer.Exit(Exit.DOWN)
    seen, power, serving = _snapshot(known, state)
    end = Exit.OK if settled(known).holds(seen) else Exit.NOT_SETTLED
    if as_json:
        print_json(summary(known, seen, power, serving))
        raise typer.Exit(end)
    console = Console(highlight=False, markup=False)
    console.print(nodes_table(seen, power), "", guests_table(known, seen, serving), "", sep="\n")
    for line in remarks(known, seen):
        console.print(line, soft_wrap=True)
    raise typer.Exit(end)


@app.command(context_settings=LITERAL)
def ssh(
    node: Node,
    command: Command = None,
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
) -> None:
    """Log in to a node as root, or run a command there.

    Options go before the node's name: what follows it is the command.
    """
    require_root()
    state = State(lab_dir, lab)
    nodes = _plan_of(state).nodes
    if node not in nodes:
        raise InputError(f"no node {node!r} in the plan; name one of {', '.join(nodes)}")
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
    discard: Discard = False,
) -> None:
    """End the lab at once.

    Its checkpoint stays for the next start. Harmless when the lab is down, refused while a
    test run holds it.
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
            print(f"lab {lab}: its checkpoints are gone")


@app.command()
def thaw(moment: FrozenMoment, lab: LabName = "default", lab_dir: LabDir = LAB_DIR) -> None:
    """Put a frozen lab back into the moment in which its test failed.

    Its fault still bites. Look around with `quorate status` and `quorate ssh`, as often as you
    like: the frozen lab itself does not change. The next test run starts from the checkpoint.
    """
    from harness.lab.lab import Lab

    require_root()
    state = State(lab_dir, lab)
    if moment not in state.frozen_moments:
        there = ", ".join(state.frozen_moments) or "nothing"
        raise InputError(f"nothing frozen as {moment!r}; there is: {there}")
    held = Lab(_plan_of(state), state, wanted_accel="auto")
    with held.state.lock():
        held.thaw(moment)
        held.close()
    print("thawed: `quorate status`, `quorate ssh NODE`; `quorate down` ends it")


@app.command(hidden=True)
def expire(order: Path, lab: LabName = "default", lab_dir: LabDir = LAB_DIR) -> None:
    """Lift a fault whose test did not; a process of the lab runs this."""
    from harness.faults import expiry
    from harness.lab.lab import Lab

    if order.exists():  # else it was lifted in time
        state = State(lab_dir, lab)
        held = Lab(_plan_of(state), state, wanted_accel="auto")
        held.attach()
        expiry.expire(order, held)


def _plan_of(state: State) -> Plan:
    """The plan of the lab as it is; of one that was never up, the reference plan."""
    return load(state.plan if state.plan.exists() else DEFAULT_PLAN)


def _snapshot(plan: Plan, state: State) -> tuple[ClusterStatus, dict[str, bool], dict[str, bool]]:
    """One snapshot, each node's power, each guest's answer. Takes no lock.

    Raises:
        LabError: the lab is down, or has not yet the machines of this plan.
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
            seen = Cluster(lab, Timeline()).status()
            power = {name: lab.hypervisor.is_running(name) for name in plan.nodes}
            return seen, power, {guest.name: serves(guest) for guest in plan.guests.values()}
    except libvirt.libvirtError as error:
        way_out = "wait if it is being built, else type `quorate up`"
        raise LabError(f"lab {state.name!r} lacks a machine ({error}); {way_out}") from None
    finally:
        lab.close()


def _become_pytest(*words: str) -> None:
    """Go on as pytest, so that it gets every signal and its exit status is the command's."""
    os.chdir(HOME)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", f"--rootdir={HOME}", *words])
