"""Short forms of the spans of two nodes."""

from harness.record.spans import Life, Span

ALPHA, BRAVO = Life("alpha", "1"), Life("bravo", "1")


def moments(spans: list[Span]) -> list[tuple[str, float, float]]:
    return [(span.node, span.first_s, span.last_s) for span in spans]


def span(first_s: float, last_s: float, life: Life = ALPHA) -> Span:
    return Span(life, first_s, last_s, 0.0)
