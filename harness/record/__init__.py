"""What happened in a test: typed events on one clock, written once and read by all."""
