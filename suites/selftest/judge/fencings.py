"""Events of a power cut: alpha loses its power while it runs web, and bravo takes web over."""

from suites.selftest.node_events import node_samples, power
from suites.selftest.records import cut

HOME = [*node_samples(90, 100, "alpha", runs="web"), *node_samples(90, 108, "bravo")]
CUT = [cut(100, "alpha"), power(100.2, "alpha", "shut down"), power(100.2005, "alpha")]
BACK = power(161, "alpha", "started")
ANEW = node_samples(196, 200, "alpha", boot="2")
