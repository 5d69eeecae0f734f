"""The commands' common root."""

import importlib.metadata

import typer

from harness.cli.options import Version

app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def quorate(version: Version = False) -> None:
    """The lab by hand. Suites are run with pytest: pytest suites/failover"""
    if version:
        print(f"quorate {importlib.metadata.version('quorate')}")
        raise typer.Exit
