"""How long each test of a run took, and which part of it was the harness's own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

CLUSTER_S = "cluster_s"
"""Property of a test in junit.xml: the seconds from the settled cluster to the recovered one."""
SLOWEST = 10


@dataclass(frozen=True)
class Duration:
    """How long a test took, with its setup and its teardown."""

    test: str
    """As the folder of the test in its run."""
    whole_s: float
    cluster_s: float

    @property
    def harness_s(self) -> float:
        """The harness's own part: restoring the checkpoint, starting observers, judging."""
        return max(0.0, self.whole_s - self.cluster_s)


def durations(run: Path) -> list[Duration]:
    """Return the durations of a run's observed tests, from its junit.xml; empty without one."""
    file = run / "junit.xml"
    return [*_observed(file)] if file.exists() else []


def summary(found: Iterable[Duration]) -> Iterator[str]:
    """Yield the harness's share of the whole, and the slowest tests."""
    ordered = sorted(found, key=lambda duration: duration.whole_s, reverse=True)
    whole_s = sum(duration.whole_s for duration in ordered)
    if not whole_s:
        return
    share = sum(duration.harness_s for duration in ordered) / whole_s
    yield f"{len(ordered)} tests in {whole_s:.0f} s, the harness's own share {share:.0%}; slowest:"
    for duration in ordered[:SLOWEST]:
        own = f"the harness {duration.harness_s:.0f} s"
        yield f"  {duration.whole_s:.0f} s, of which {own}: {duration.test}"


def _observed(file: Path) -> Iterator[Duration]:
    """Yield the tests that have the property, in the order of the run."""
    for case in etree.parse(file).iterfind(".//testcase"):
        cluster = case.find(f"properties/property[@name='{CLUSTER_S}']")
        if cluster is not None:
            test = f"{case.get('classname')}.py.{case.get('name')}".replace("/", ".")
            seconds = float(case.get("time") or 0), float(cluster.get("value") or 0)
            yield Duration(test, *seconds)
