"""Stored runs: their folders, their verdicts, and the comparison of verdicts."""
