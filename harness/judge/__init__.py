"""The judge: pure functions that derive measures, invariants and a verdict from a record."""
