"""Faults that the harness injects into the cluster. Each is a value with its own undo."""
