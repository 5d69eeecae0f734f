"""A lab: a target made of virtual machines on this machine."""
