"""What may be asked of a cluster, wherever it runs."""
