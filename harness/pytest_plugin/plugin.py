"""pytest's side of Quorate: one name for all its modules."""

pytest_plugins = ["harness.pytest_plugin.session", "harness.pytest_plugin.outcome"]
