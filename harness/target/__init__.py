"""The target: the interface to a cluster under test, wherever it runs."""
