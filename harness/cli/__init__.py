"""The command `quorate`, which controls a lab by hand. Tests run with pytest."""
