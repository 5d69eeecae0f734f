"""The pytest plugin. It loads its modules and the fixtures."""

pytest_plugins = [
    "harness.pytest_plugin.session",
    "harness.pytest_plugin.outcome",
    "harness.pytest_plugin.exit_status",
    "fixtures.lab",
    "fixtures.cluster",
]
