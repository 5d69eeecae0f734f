"""The lab as data: nodes, networks, guests and timings, read from a file and checked."""
