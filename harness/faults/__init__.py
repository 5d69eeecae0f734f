"""What the harness does to the cluster, from outside; each fault is a value with its own undo."""
