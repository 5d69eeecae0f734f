"""The cluster, but different: a change, and the checkpoint that is derived by it."""
