"""Registers the plugin in a checkout; an installed Quorate registers it by its entry point."""

pytest_plugins = ["harness.pytest_plugin.plugin"]
