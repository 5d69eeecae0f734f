"""Latency of this machine's memory, which sets the speed of an emulated lab.

QEMU's translated code does not fit into a processor's caches. On a machine shared with others the
latency of memory doubled within an hour while arithmetic kept its speed, and a failover took 1.4 to
2.4 times as long.
"""

import time

SIZE = 64 << 20
"""Bytes. Ten times a core's own caches."""
READS = 3000
"""Reads for one value. They take about a millisecond."""
FACTOR, INCREMENT = 1103515245, 12345
"""A linear congruential generator of full period: no prefetcher predicts its addresses."""


class MemoryLatency:
    """Reads memory at random addresses, each of which depends on the value read before."""

    def __init__(self) -> None:
        self._memory = bytearray(b"\0") * SIZE  # written, so that each page exists
        self._at = 0

    def read_ns(self) -> float:
        """Return the processor time of one read in nanoseconds."""
        memory, at = self._memory, self._at
        begin_ns = time.thread_time_ns()
        for _ in range(READS):
            at = (at * FACTOR + INCREMENT + memory[at]) % SIZE
        self._at = at
        return (time.thread_time_ns() - begin_ns) / READS
