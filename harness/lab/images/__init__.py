"""Images of Debian machines, built once for all labs."""
