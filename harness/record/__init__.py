"""The record of a test: typed events on one clock."""
