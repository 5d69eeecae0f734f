"""The pytest plugin: one name for all its modules and for the fixtures."""

pytest_plugins = [
    "harness.pytest_plugin.session",
    "harness.pytest_plugin.outcome",
    "harness.pytest_plugin.exit_status",
    "fixtures.lab",
    "fixtures.cluster",
]
