"""Whatever a record lacks, the judge states a verdict: it raises nothing, and does not pass it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.judge.judgement import Verdict
from harness.judge.verdict import judge
from harness.record.events import Closed, Event, ExpectedError, Opened, Settled
from harness.record.timeline import Record
from suites.selftest.doctored import honest

HARMLESS = frozenset({Opened, Closed, ExpectedError})
KINDS = sorted({type(e) for e in honest().events} - HARMLESS, key=lambda kind: kind.__name__)
NEEDLESS = {"ConditionMet", "DomainChange", "DrbdChange", "ConsoleLine", "AgentStarted", "Blind"}
NEEDLESS |= {"OutageObjective", "LossObjective", "ObservationEnds", "Recovered"}
"""Without these a record may still pass: others tell the same, or they ask for something."""
SETTLED = honest().events.index(honest().of(Settled)[0])
thorough = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@thorough
@given(st.sets(st.sampled_from(KINDS), min_size=1))
def test_a_record_without_some_kinds_of_events_is_judged(lacking: set[type[Event]]) -> None:
    judgement = judge(Record(e for e in honest().events if type(e) not in lacking))
    if any(kind.__name__ not in NEEDLESS for kind in lacking):
        assert judgement.verdict is not Verdict.PASS


@thorough
@given(st.integers(0, len(honest().events) - 1))
def test_a_record_that_lacks_its_end_is_judged(length: int) -> None:
    events = honest().events[:length]
    judgement = judge(Record([honest().opened, *(e for e in events if not isinstance(e, Opened))]))
    assert judgement.verdict is not Verdict.PASS


@thorough
@given(st.integers(SETTLED + 1, len(honest().events) - 1))
def test_a_record_that_lacks_its_beginning_is_judged(length: int) -> None:
    judgement = judge(Record([honest().opened, *honest().events[length:]]))
    assert judgement.verdict is not Verdict.PASS
