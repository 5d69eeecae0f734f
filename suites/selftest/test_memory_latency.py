"""The latency of this machine's memory, measured for real."""

from harness.observe.memory_latency import FACTOR, INCREMENT, READS, SIZE, MemoryLatency


def test_a_read_takes_nanoseconds() -> None:
    latency = MemoryLatency()
    latency.read_ns()
    assert 10 < latency.read_ns() < 100_000


def test_each_address_is_another_one() -> None:
    """The generator has a full period by the theorem of Hull and Dobell."""
    assert SIZE & (SIZE - 1) == 0
    assert FACTOR % 4 == 1
    assert INCREMENT % 2 == 1
    at, seen = 0, set()
    for _ in range(READS):
        at = (at * FACTOR + INCREMENT) % SIZE
        seen.add(at // 64)
    assert len(seen) > 0.99 * READS
