"""The stored tests of a run: a folder for each test, with its record and its verdict."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import Invalid, one_line
from harness.judge.judgement import Judgement, Verdict
from harness.judge.verdict import judge_file

VERDICT = "verdict.json"
TIMELINE = "timeline.jsonl"


class Part(BaseModel):
    """A frozen part of a stored verdict. It requires every key and accepts no unknown one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Outage(Part):
    """A period in which a client had no service."""

    after_s: float | None
    """Seconds from the first fault to its beginning; None in a test without a fault."""
    length_s: float
    resolution_s: float
    over: bool


class Phase(Part):
    """The time from one moment of a failover to the next."""

    phase: str
    length_s: float
    uncertainty_s: float
    distinct: bool
    """Whether the first moment certainly came before the second."""


class Service(Part):
    """A guest's service, as its clients experienced it."""

    outages: tuple[Outage, ...]
    phases: tuple[Phase, ...]


class StoredVerdict(Part):
    """A judgement as a run stores it."""

    verdict: Verdict
    broken: tuple[str, ...]
    unfit: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    causes: tuple[str, ...]
    reads: dict[str, Service]
    connections: dict[str, Service]
    echoes: dict[str, Service]
    writes: dict[str, Service]
    acknowledged: dict[str, int]
    losses: dict[str, str]
    limits: tuple[str, ...]

    @classmethod
    def of(cls, judgement: Judgement) -> "StoredVerdict":
        """Convert a judgement, with its figures rounded as they are stored."""
        return cls.model_validate(judgement.plain(), strict=False)


class NoVerdict(Invalid):
    """A stored verdict is missing or damaged; the message is one line."""


def judged_tests(run: Path) -> list[str]:
    """Return the names of a run's tests: the folders that hold a record or a verdict."""
    files = chain(run.glob(f"*/{TIMELINE}"), run.glob(f"*/{VERDICT}"))
    return sorted({file.parent.name for file in files})


def write_verdict(test: Path, judgement: Judgement) -> None:
    """Store a judgement in its test's folder."""
    text = StoredVerdict.of(judgement).model_dump_json(indent=1)
    (test / VERDICT).write_text(text + "\n")


def read_verdict(test: Path) -> StoredVerdict:
    """Read the verdict in a test's folder.

    Raises:
        NoVerdict: there is none, or it is damaged.
    """
    try:
        return StoredVerdict.model_validate_json((test / VERDICT).read_bytes())
    except FileNotFoundError:
        raise NoVerdict("no verdict was stored") from None
    except OSError as error:
        raise NoVerdict(f"the stored verdict is damaged: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        why = f"{key + ': ' if key else ''}{first['msg']}"
        raise NoVerdict(f"the stored verdict is damaged: {one_line(why)}") from None


def stored(run: Path) -> dict[str, StoredVerdict]:
    """Return the readable verdicts of a run, by the test's name."""
    found = {}
    for name in judged_tests(run):
        try:
            found[name] = read_verdict(run / name)
        except NoVerdict:
            continue
    return found


def judged_again(run: Path) -> Iterator[tuple[str, StoredVerdict]]:
    """Judge the stored record of each test again. A damaged record is invalid."""
    return (
        (name, StoredVerdict.of(judge_file(run / name / TIMELINE))) for name in judged_tests(run)
    )
