"""Debian images for nodes and guests, built once for all labs."""
