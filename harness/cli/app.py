"""The command `quorate`, to which modules add their subcommands."""

import importlib.metadata

import typer

from harness.cli.options import Version
from harness.errors import Exit

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def quorate(context: typer.Context, version: Version = False) -> None:
    """Control a lab by hand. Suites run with pytest: pytest suites/failover"""
    if version:
        print(f"quorate {importlib.metadata.version('quorate')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(Exit.USAGE)
