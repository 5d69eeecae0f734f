"""Checks of this machine for the needs of a lab."""
