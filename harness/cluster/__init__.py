"""The system under test, as observed: snapshots, conditions, and the one wait loop."""
