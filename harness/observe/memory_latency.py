"""Latency of this machine's memory, on which the speed of an emulated lab depends.

QEMU's translated code does not fit into a processor's own caches. On a shared machine the latency
of memory rose by a factor of 1.4 within an hour, while arithmetic kept its speed. A guest then
takes up to 1.7 times as much processor time to answer the same requests. The correlation is coarse.
"""

import time

SIZE = 64 << 20
"""Bytes: many times a core's own caches, which are 2 MiB on the machine of the limits."""
CACHED = 16 << 10
"""Bytes that stay in a core's first cache."""
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
        """Return how much longer a read takes than one of the first cache, in nanoseconds."""
        return self._read_ns(SIZE) - self._read_ns(CACHED)

    def _read_ns(self, size: int) -> float:
        """Return the processor time of a read of the first `size` bytes, with its arithmetic."""
        memory, at = self._memory, self._at
        begin_ns = time.thread_time_ns()
        for _ in range(READS):
            at = (at * FACTOR + INCREMENT + memory[at % size]) % SIZE
        self._at = at
        return (time.thread_time_ns() - begin_ns) / READS
