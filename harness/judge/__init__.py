"""Pure: outages, invariants and objectives from a timeline, without a lab."""
