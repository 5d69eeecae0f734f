"""Latency of this machine's memory, on which the speed of an emulated lab depends.

QEMU's translated code does not fit into a processor's own caches. On a shared machine the latency
of memory rose by a factor of 1.4 within an hour, while arithmetic kept its speed. A guest's answers
to echoes then took 1.4 times as long. The correlation is coarse.
"""

import time

SIZE = 64 << 20
"""Bytes: many times a core's own caches, which are 2 MiB on the machine of the limits."""
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
