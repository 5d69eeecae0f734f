"""Commands for faults by hand: list, inject, lift."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import app
from harness.cli.lab_commands import load_plan
from harness.cli.options import LAB_DIR, LabDir, LabName
from harness.cli.output import write
from harness.errors import InputError, LabError
from harness.lab.capsule import Capsule, require_root
from harness.lab.state import State

if TYPE_CHECKING:
    from harness.lab.lab import Lab

faults = typer.Typer(help="Inject faults by hand into a lab that is up, and lift them.")
app.add_typer(faults, name="fault")
Words = Annotated[list[str], typer.Argument(help="A fault and its values, as in `fault list`.")]
All = Annotated[bool, typer.Option("--all", help="Lift every fault in place.")]
Name = Annotated[str | None, typer.Argument(help="A fault in place, as `quorate status` names it.")]


@faults.command(name="list")
def list_faults() -> None:
    """List all faults, with their values."""
    from harness.cli.fault_words import KINDS, meaning, usage

    for kind in KINDS:
        write(usage(kind), meaning(kind))


@faults.command()
def inject(words: Words, lab: LabName = "default", lab_dir: LabDir = LAB_DIR) -> None:
    """Inject a fault, and prove that it bites.

    It stays until `quorate fault lift`, for at most 30 minutes.
    """
    from harness.cli.fault_words import fault_of
    from harness.faults.expiry import Expiry
    from harness.faults.inject import BITE
    from harness.target.target import require
    from harness.waiting import wait_until

    state = State(lab_dir, lab)
    fault = fault_of(words, load_plan(state))
    with _attached(state) as target:
        require(target, fault.needs, fault.name)
        Expiry(target, fault)
        fault.inject(target)
        wait_until(f"{fault.name} bites", lambda: fault.bites(target), within=BITE)
    print(f"in place: {fault.name}; `quorate fault lift --all` lifts it")


@faults.command()
def lift(
    name: Name = None,
    every: All = False,
    lab: LabName = "default",
    lab_dir: LabDir = LAB_DIR,
) -> None:
    """Lift one fault in place, or all, the last one first.

    A killed test leaves its faults in place; this lifts them too.
    """
    from harness.faults.expiry import in_place

    state = State(lab_dir, lab)
    found = in_place(state.folder, load_plan(state))
    chosen = {o: fault for o, fault in reversed(found.items()) if every or fault.name == name}
    if not chosen and not every:
        names = ", ".join(fault.name for fault in found.values()) or "none"
        raise InputError(f"name a fault in place, or write --all; in place: {names}")
    with _attached(state) as target:
        for order, fault in chosen.items():
            fault.lift(target)
            order.unlink(missing_ok=True)
            print(f"lifted: {fault.name}")


@contextmanager
def _attached(state: State) -> Iterator["Lab"]:
    """Hold the lab for one command.

    Raises:
        LabError: the lab is down, a test run holds it, or a fault does not bite or end in time.
    """
    from harness.lab.lab import Lab
    from harness.waiting import Timeout

    require_root()
    if not Capsule(state).running:
        raise LabError(f"lab {state.name!r} is down; type `quorate up`")
    attached = Lab(load_plan(state), state, wanted_accel="auto")
    with state.lock():
        try:
            attached.attach()
            yield attached
        except Timeout as error:
            raise LabError(f"{error}; `quorate fault lift --all` lifts what is in place") from None
        finally:
            attached.close()
