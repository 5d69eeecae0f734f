"""`python -m harness.cli` is `quorate`."""

from harness.cli.main import main

main()
