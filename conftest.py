"""Registers the harness and the fixtures; nothing else."""

pytest_plugins = [
    "harness.pytest_plugin.plugin",
    "fixtures.lab",
    "fixtures.cluster",
]
