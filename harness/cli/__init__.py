"""The command line: what is done to a lab by hand. Tests are run with pytest."""
