"""Changes of the cluster, and the checkpoints derived by them."""
