"""Commands for stored runs, and the list of labs and runs."""

import typer
from rich.console import Console

from harness.cli.app import app
from harness.cli.options import LAB_DIR, LATEST, REPORTS, Json, LabDir, Page, Run, Runs
from harness.cli.output import print_json, write
from harness.errors import Exit, InputError
from harness.lab.capsule import Capsule
from harness.lab.state import State, labs
from harness.report.joined import join_pages, join_tables
from harness.report.verdicts import describe
from harness.runs.compare import changes
from harness.runs.durations import durations, summary
from harness.runs.run_folder import runs
from harness.runs.store import judged_again, stored

WIDTH = 200
"""Columns of the table of tests, whose names are long."""


@app.command(name="judge")
def judge_again(run: Run = LATEST, as_json: Json = False) -> None:
    """Judge a stored run again, from its records.

    Needs no lab. Exits with 1 if a stored verdict is missing, damaged, or different from the new
    one.
    """
    tests = {}
    for name, verdict in judged_again(run):
        lines = changes(run / name, verdict)
        tests[name] = {"judged": verdict.model_dump(mode="json"), "differences": lines}
        if not as_json:
            write(name, *describe(verdict), *(f"DIFFERS FROM THE RUN: {line}" for line in lines))
    if not tests:
        raise InputError(f"{run}: no test in it; name the folder of a run in reports/")
    if as_json:
        print_json(tests)
    if any(test["differences"] for test in tests.values()):
        raise typer.Exit(Exit.FAILED)


@app.command()
def report(joined: Runs, page: Page = None) -> None:
    """Show the tests of one or more runs as a table, and join their reports to one page.

    Use it for suites that ran one after the other.
    """
    for run in joined:
        if not stored(run):
            raise InputError(f"{run}: no verdict in it; name the folder of a run in reports/")
    Console(width=WIDTH).print(join_tables(joined))
    write("", *(line for run in joined for line in summary(durations(run))))
    if page:
        join_pages(joined, page)
        write(f"report: {page}")


@app.command(name="list")
def list_all(lab_dir: LabDir = LAB_DIR, as_json: Json = False) -> None:
    """List labs, frozen labs and runs."""
    listing = {
        "labs": {name: _status(State(lab_dir, name)) for name in labs(lab_dir)},
        "frozen": {name: State(lab_dir, name).frozen_moments for name in labs(lab_dir)},
        "runs": [str(run) for run in runs(REPORTS)],
    }
    if as_json:
        print_json(listing)
        return
    for name in labs(lab_dir):
        moments = [f"frozen: {moment}" for moment in State(lab_dir, name).frozen_moments]
        write(f"lab {name}: {_status(State(lab_dir, name))}", *moments)
    for run in runs(REPORTS):
        write(f"run {run}")


def _status(state: State) -> str:
    """Return `up` or `down`, or `root's` if only root can find out."""
    try:
        return "up" if Capsule(state).running else "down"
    except PermissionError:
        return "root's"
