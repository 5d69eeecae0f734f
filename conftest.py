"""Registers the harness and the fixtures; nothing else."""

pytest_plugins = [
    "harness.pytest_plugin.plugin",
    "fixtures.lab",
    "fixtures.packages",
    "fixtures.network",
    "fixtures.membership",
    "fixtures.storage",
    "fixtures.guests",
    "fixtures.resources",
    "fixtures.cluster",
]
