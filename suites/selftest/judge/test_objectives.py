"""Objectives: the file is read strictly, and each is held against what was measured."""

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.judge.limits import DEFAULT, FileLimits, GuestObjective, PhaseLimits, load
from harness.judge.objectives import lines, missed, unended, unmeasured
from harness.plan.plan import Acceleration
from harness.plan.strict_yaml import content
from harness.record.events import (
    Event,
    HttpSample,
    IcmpSample,
    LossObjective,
    OutageObjective,
    PhaseObjective,
    Write,
)
from harness.record.timeline import Record
from suites.selftest.plans import as_yaml
from suites.selftest.records import (
    cut,
    fenced,
    holding,
    looks,
    members,
    ping,
    power,
    record,
    sample,
    write,
)

SHIPPED: dict[str, Any] = content(DEFAULT, FileLimits)
PHASES = "membership_s, fenced_s, promoted_s, started_s, answer_s"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "objectives.yml"


def refusal(file: Path, content: str | bytes) -> str:
    """What is said of that content."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as error:
        load(Acceleration.TCG, file)
    text = str(error.value)
    assert text.startswith(f"{file}: ")
    assert "\n" not in text
    return text.removeprefix(f"{file}: ")


def changed(change: Change) -> str:
    """The shipped file with one or several changes to its limits for a power cut in emulation."""
    raw = deepcopy(SHIPPED)
    change(raw["tcg"]["power_cut"])
    return as_yaml(raw)


def with_longest(value: str) -> str:
    """The shipped file, in which the longest outage of the hit guest's reads is that text."""
    raw = changed(lambda of: of["hit"]["reads"].update(longest_s="HERE"))
    assert "longest_s: HERE" in raw
    return raw.replace("longest_s: HERE", f"longest_s: {value}")


# The file.


@pytest.mark.parametrize("accel", Acceleration)
def test_the_shipped_limits_of_a_bystander_are_below_those_of_the_guest_that_is_hit(
    accel: Acceleration,
) -> None:
    objectives = load(accel)
    for of in (objectives.power_cut, objectives.isolation, objectives.full_disk):
        hit, bystander, unaffected = of.hit.limits, of.bystander.limits, of.unaffected.limits
        assert bystander.reads.longest_s < hit.reads.longest_s
        assert bystander.writes.longest_s < hit.writes.longest_s
        assert unaffected.reads.longest_s <= bystander.reads.longest_s
        assert unaffected.writes.longest_s < bystander.writes.longest_s
        assert hit.lost_writes == bystander.lost_writes == unaffected.lost_writes == 0


def test_an_objective_is_named_by_its_fault_and_the_guests_part() -> None:
    objectives = load(Acceleration.TCG)
    assert objectives.power_cut.hit.name == "power_cut.hit"
    assert objectives.isolation.bystander.name == "isolation.bystander"
    assert objectives.full_disk.unaffected.name == "full_disk.unaffected"


def test_each_acceleration_has_its_own_limits(file: Path) -> None:
    file.write_text(with_longest("90"))
    assert load(Acceleration.TCG, file).power_cut.hit.limits.reads.longest_s == 90
    assert load(Acceleration.KVM, file).power_cut.hit.limits.reads.longest_s != 90


def test_an_objective_puts_all_its_limits_on_record_for_a_guest(file: Path) -> None:
    limits: dict[str, Any] = {"further": 1, "further_s": 2}
    given = {
        "reads": {"longest_s": 45, **limits},
        "writes": {"longest_s": 50, **limits},
        "lost_writes": 3,
        "phases": {"membership_s": 10, "answer_s": 8.5},
    }
    file.write_text(changed(lambda of: of.update(hit=given)))
    events = load(Acceleration.TCG, file).power_cut.hit.events_for("web")
    name: dict[str, Any] = {"name": "power_cut.hit", "guest": "web"}
    assert [event.model_copy(update={"at_s": 0}) for event in events] == [
        OutageObjective(at_s=0, service="reads", longest_s=45, **limits, **name),
        OutageObjective(at_s=0, service="writes", longest_s=50, **limits, **name),
        LossObjective(at_s=0, most=3, **name),
        PhaseObjective(at_s=0, ends_with="membership", longest_s=10, **name),
        PhaseObjective(at_s=0, ends_with="answer", longest_s=8.5, **name),
    ]


@pytest.mark.parametrize("part", ["bystander", "unaffected"])
def test_a_guest_that_is_not_hit_has_limits_of_its_own_of_outages_and_of_losses(
    file: Path, part: str
) -> None:
    file.write_text(changed(lambda of: of[part]["writes"].update(longest_s=17)))
    objective: GuestObjective = getattr(load(Acceleration.TCG, file).power_cut, part)
    reads, writes, losses = objective.events_for("shop")
    assert isinstance(reads, OutageObjective)
    assert isinstance(writes, OutageObjective)
    assert isinstance(losses, LossObjective)
    assert {event.name for event in (reads, writes, losses)} == {f"power_cut.{part}"}
    assert {event.guest for event in (reads, writes, losses)} == {"shop"}
    assert writes.longest_s == 17 != reads.longest_s


@pytest.mark.parametrize("name", PhaseLimits.model_fields)
def test_every_phase_may_have_a_limit(file: Path, name: str) -> None:
    file.write_text(changed(lambda of: of["hit"].update(phases={name: 7})))
    *_, last = load(Acceleration.TCG, file).power_cut.hit.events_for("web")
    assert isinstance(last, PhaseObjective)
    assert (last.ends_with, last.longest_s) == (name.removesuffix("_s"), 7)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1", 1), ("+1", 1), ("1.5", 1.5), (".5", 0.5), ("2.", 2), ("1e1", 10), ("1.5e+1", 15)),
        *(("010", 10), ("0x10", 16)),
    ],
)
def test_numbers_of_yaml_1_2_are_read(file: Path, text: str, number: float) -> None:
    file.write_text(with_longest(text))
    assert load(Acceleration.TCG, file).power_cut.hit.limits.reads.longest_s == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("00:40", "'00:40'"), ("1:30", "'1:30'"), ("1:30.5", "'1:30.5'"), ("'40'", "'40'")),
        *(("40 s", "'40 s'"), ("yes", "'yes'"), ("true", "True"), ("[1]", "[1]"), ("", "no value")),
        *(("~", "no value"), ("0", "0"), ("-1", "-1"), ("-0.5", "-0.5"), ("1e400", "'1e400'")),
        *((".inf", "inf"), (".nan", "nan"), ("nan", "'nan'")),
        ("2026-01-01", "datetime.date(2026, 1, 1)"),
        ("x" * 99, "'" + "x" * 39 + "…"),
    ],
)
def test_what_is_no_length_is_refused_with_what_to_write(file: Path, text: str, found: str) -> None:
    expected = {"'1e400'": "inf"}.get(found, found)
    assert refusal(file, with_longest(text)) == (
        f"tcg.power_cut.hit.reads.longest_s: found {expected}, write seconds above 0, as 45 or 1.5"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda of: of["hit"]["reads"].update(further=1.5),
            "hit.reads.further: found 1.5, write a whole number, 0 or more",
        ),
        (
            lambda of: of["hit"]["writes"].update(further=False),
            "hit.writes.further: found False, write a whole number, 0 or more",
        ),
        (
            lambda of: of["hit"]["writes"].update(further_s=-0.1),
            "hit.writes.further_s: found -0.1, write seconds, 0 or more",
        ),
        (
            lambda of: of["bystander"].update(lost_writes=-1),
            "bystander.lost_writes: found -1, write a whole number, 0 or more",
        ),
        (
            lambda of: of["hit"].update(phases={"fenced_s": None}),
            "hit.phases.fenced_s: found no value, write seconds above 0, as 45 or 1.5",
        ),
        (
            lambda of: of["hit"].update(phases=None),
            f"hit.phases: found no value, write a mapping with the keys {PHASES}",
        ),
        (
            lambda of: of.update(hit=[1]),
            "hit: found [1], write a mapping with the keys reads, writes, lost_writes, phases",
        ),
        (
            lambda of: of["hit"]["reads"].pop("longest_s"),
            "hit.reads.longest_s: missing, write seconds above 0, as 45 or 1.5",
        ),
        (
            lambda of: of.pop("bystander"),
            "bystander: missing, write a mapping with the keys reads, writes, lost_writes",
        ),
        (
            lambda of: of.pop("unaffected"),
            "unaffected: missing, write a mapping with the keys reads, writes, lost_writes",
        ),
        (
            lambda of: of["unaffected"].update(phases={"fenced_s": 3}),
            "unaffected.phases: unknown key, remove it or write one of reads, writes, lost_writes",
        ),
        (
            lambda of: of["hit"]["reads"].update(longst_s=3),
            "hit.reads.longst_s: unknown key, write longest_s",
        ),
        (
            lambda of: of["hit"].update(phases={"promotd_s": 3}),
            "hit.phases.promotd_s: unknown key, write promoted_s",
        ),
        (
            lambda of: of["bystander"].update(phases={"fenced_s": 3}),
            "bystander.phases: unknown key, remove it or write one of reads, writes, lost_writes",
        ),
        (
            lambda of: of["hit"].update({7: 8}),
            "hit.7: unknown key, remove it or write one of reads, writes, lost_writes, phases",
        ),
        (
            lambda of: of["hit"].update({"<<": {"lost_writes": 8}}),
            "hit.<<: unknown key, remove it or write one of reads, writes, lost_writes, phases",
        ),
    ],
    ids=lambda value: value.partition(",")[0] if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named_with_its_key(file: Path, change: Change, expected: str) -> None:
    assert refusal(file, changed(change)) == f"tcg.power_cut.{expected}"


def test_all_mistakes_are_named_at_once(file: Path) -> None:
    raw = deepcopy(SHIPPED)
    raw["kvm"]["isolation"]["hit"]["reads"]["longest_s"] = "soon"
    raw["tcg"]["full_disc"] = raw["tcg"].pop("full_disk")
    raw["hvm"] = {}
    assert refusal(file, as_yaml(raw)).split("; ") == [
        "kvm.isolation.hit.reads.longest_s: found 'soon', write seconds above 0, as 45 or 1.5",
        "tcg.full_disk: missing, write a mapping with the keys hit, bystander, unaffected",
        "tcg.full_disc: unknown key, write full_disk",
        "hvm: unknown key, write kvm",
    ]


def test_a_key_that_is_written_twice_is_refused(file: Path) -> None:
    reads = "reads: {longest_s: 1, further: 0, further_s: 0}"
    text = f"kvm:\n  power_cut:\n    {reads}\n    {reads}\n"
    assert refusal(file, text) == "line 4: reads is written twice, remove one of them"


def test_values_are_written_not_referred_to(file: Path) -> None:
    """A few lines of references may stand for billions of values."""
    text = as_yaml(SHIPPED | {"kvm": SHIPPED["tcg"]}, aliases=True)
    assert "*id" in text
    assert re.fullmatch(r"line \d+: has an alias \(`\*`\), write plain values", refusal(file, text))


@pytest.mark.parametrize("accel", Acceleration)
def test_a_missing_profile_is_refused(file: Path, accel: Acceleration) -> None:
    rest = {name: of for name, of in SHIPPED.items() if name != accel}
    expected = "missing, write a mapping with the keys power_cut, isolation, full_disk"
    assert refusal(file, as_yaml(rest)) == f"{accel}: {expected}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty, write a mapping with the keys kvm, tcg"),
        ("# nothing\n", "empty, write a mapping with the keys kvm, tcg"),
        ("- kvm\n- tcg\n", "found ['kvm', 'tcg'], write a mapping with the keys kvm, tcg"),
        ("tcg", "found 'tcg', write a mapping with the keys kvm, tcg"),
        (b"\xff\xfe\xfa", "not text in UTF-8, write YAML"),
        ("kvm: {}\nx: !!int 00:40\n", "line 2: has a tag (`!`), write plain values"),
        ("x: !!timestamp never", "line 1: has a tag (`!`), write plain values"),
    ],
    ids=["empty", "comment", "list", "word", "bytes", "tag", "tag of a wrong value"],
)
def test_what_is_no_mapping_is_refused(file: Path, content: str | bytes, expected: str) -> None:
    assert refusal(file, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        *("kvm: [", "a: b: c", "\tkvm: 1", "kvm: 1\0", "a: 1\n---\nb: 1\n"),
        *("[" * 3000, f"a: {'9' * 5000}"),
    ],
    ids=["open", "nested", "tab", "nul", "two", "deep", "long number"],
)
def test_what_is_no_yaml_is_refused(file: Path, content: str) -> None:
    assert refusal(file, content).startswith("not YAML: ")


def test_a_mapping_within_itself_is_refused(file: Path) -> None:
    assert "has an alias" in refusal(file, "tcg: &a {power_cut: *a}\nkvm: {}")


def test_a_list_is_no_key(file: Path) -> None:
    assert "unknown key" in refusal(file, "? [a]\n: 1\n")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yml: cannot be read \(No such file"):
        load(Acceleration.TCG, tmp_path / "none.yml")


# What was measured.


def asked(until_s: float, *silent: tuple[float, float], guest: str = "web") -> list[HttpSample]:
    """Questions at 10 Hz, answered but for the silent times."""
    moments = [number / 10 for number in range(int(until_s * 10) + 1)]
    good = {at: not any(begin <= at < end for begin, end in silent) for at in moments}
    return [sample(at, good=good[at], guest=guest, took_s=0.0) for at in moments]


def written(until_s: float, *silent: tuple[float, float], store: str = "web.redis") -> list[Write]:
    """A write a second, acknowledged but for the silent times."""
    good = {n: not any(begin <= n < end for begin, end in silent) for n in range(int(until_s) + 1)}
    return [write(n, n + 1, good=good[n], store=store, took_s=0.1) for n in good]


def allowed(
    service: str = "reads", longest_s: float = 45, further: int = 1, further_s: float = 2
) -> OutageObjective:
    return OutageObjective.model_validate(
        {
            "at_s": 60,
            "name": "power_cut.hit",
            "guest": "web",
            "service": service,
            "longest_s": longest_s,
            "further": further,
            "further_s": further_s,
        }
    )


def assert_judged(record: Record, *expected: tuple[str, bool | None]) -> None:
    """Each objective's line, and whether it was met; None for what was not measured."""
    ends = {True: "", False: ": missed", None: ": not measured"}
    stated = [f"{text}{ends[met]}" for text, met in expected]
    assert lines(record) == stated
    assert list(missed(record)) == [s for s in stated if s.endswith(": missed")]
    assert list(unmeasured(record)) == [s for s in stated if s.endswith(": not measured")]


READS = "power_cut.hit web reads: longest"


@pytest.mark.parametrize(
    ("silent", "text", "met"),
    [
        ([], "0.0 s of 45 s, 0 further of 1", True),
        ([(10, 32.3)], "22.4 s of 45 s, 0 further of 1", True),
        ([(10, 54.9)], "45.0 s of 45 s, 0 further of 1", True),
        ([(10, 55.0)], "45.1 s of 45 s, 0 further of 1", False),
        ([(10, 30), (50, 51)], "20.1 s of 45 s, 1 further of 1, 1.1 s of 2 s", True),
        ([(5, 6), (10, 30)], "20.1 s of 45 s, 1 further of 1, 1.1 s of 2 s", True),
        ([(10, 30), (50, 52)], "20.1 s of 45 s, 1 further of 1, 2.1 s of 2 s", False),
        ([(10, 30), (40, 40.2), (50, 50.2)], "20.1 s of 45 s, 2 further of 1, 0.6 s of 2 s", False),
    ],
    ids=["none", "short", "just", "too long", "further", "before", "further too long", "two"],
)
def test_the_longest_outage_and_the_further_ones_are_held_against_their_limits(
    silent: list[tuple[float, float]], text: str, met: bool
) -> None:
    others = asked(60, (10, 60), guest="shop")
    assert_judged(record(asked(60, *silent), others, allowed()), (f"{READS} {text}", met))


def test_writes_of_each_store_are_held_against_the_limits() -> None:
    quick, slow = written(60, (10, 12)), written(60, (10, 40), store="web.file")
    other = written(60, (2, 60), store="shop.redis")
    assert_judged(
        record(quick, slow, other, allowed("writes", 20)),
        ("power_cut.hit web.redis writes: longest 3.0 s of 20 s, 0 further of 1", True),
        ("power_cut.hit web.file writes: longest 31.0 s of 20 s, 0 further of 1", False),
    )


def test_an_outage_that_is_not_over_counts_with_what_is_known_of_it() -> None:
    assert_judged(
        record(asked(60, (10, 61)), allowed()),
        (f"{READS} 50.1 s of 45 s, 0 further of 1", False),
    )


def test_a_last_question_that_was_not_answered_is_no_further_outage() -> None:
    found = record(asked(60, (10, 30), (59.5, 61)), allowed(further=0, further_s=0))
    assert_judged(found, (f"{READS} 20.1 s of 45 s, 0 further of 0", True))


def test_reads_of_a_guest_that_was_never_asked_are_not_measured() -> None:
    found = record(asked(60, guest="shop"), allowed())
    assert_judged(found, ("power_cut.hit web reads: nothing asked", None))


def test_writes_that_were_never_sent_to_a_store_are_not_measured() -> None:
    assert_judged(
        record(written(60), allowed("writes", 20)),
        ("power_cut.hit web.redis writes: longest 0.0 s of 20 s, 0 further of 1", True),
        ("power_cut.hit web.file writes: nothing asked", None),
    )


def losing(most: int, *, guest: str = "web") -> LossObjective:
    return LossObjective(at_s=60, name="power_cut.hit", guest=guest, most=most)


@pytest.mark.parametrize(("most", "met"), [(0, False), (2, False), (3, True), (4, True)], ids=str)
def test_lost_writes_of_all_stores_of_a_guest_are_counted(most: int, met: bool) -> None:
    sent = [written(3), written(3, store="web.file"), written(3, store="shop.redis")]
    ends = [holding(1, 3, 4), holding(1, 2, store="web.file"), holding(store="shop.redis")]
    text = f"power_cut.hit web lost writes: 3 of {most} (web.redis 1, web.file 2)"
    assert_judged(record(*sent, *ends, losing(most)), (text, met))


def test_no_lost_write_meets_every_limit() -> None:
    sent = [written(1), written(1, store="web.file")]
    ends = [holding(1, 2), holding(1, 2, store="web.file")]
    text = "power_cut.hit web lost writes: 0 of 0"
    assert_judged(record(*sent, *ends, losing(0)), (text, True))


@pytest.mark.parametrize("sent", [[], written(3), written(3, store="shop.redis")], ids=len)
def test_losses_of_a_store_to_which_nothing_was_written_are_not_measured(
    sent: list[Write],
) -> None:
    text = "power_cut.hit web lost writes: nothing written"
    assert_judged(record(sent, holding(), losing(0)), (text, None))


def test_objectives_of_a_guest_without_a_store_are_not_measured() -> None:
    of_nobody = allowed("writes").model_copy(update={"guest": "mail"})
    assert_judged(
        record(written(3), of_nobody, losing(0, guest="mail")),
        ("power_cut.hit mail writes: no store", None),
        ("power_cut.hit mail lost writes: nothing written", None),
    )


FAILOVER = [
    *looks(0, 9, "alpha", runs="web"),
    *looks(0, 20, "bravo", runs="shop"),
    *looks(21, 60, "bravo", runs="shop web", born_s=20.5),
    *(cut(10, "alpha"), power(10.2, "alpha"), members(16.5, "bravo"), fenced(18, "alpha")),
]


def phase(ends_with: str, longest_s: float) -> PhaseObjective:
    return PhaseObjective(
        at_s=60, name="power_cut.hit", guest="web", ends_with=ends_with, longest_s=longest_s
    )


def test_a_phase_is_held_against_its_limit_by_the_moment_that_ends_it() -> None:
    objectives = [phase("membership", 6.5), phase("fenced", 1.4), phase("answer", 30)]
    assert_judged(
        record(FAILOVER, asked(60, (10, 32)), objectives),
        ("power_cut.hit web membership: 6.5 s of 6.5 s", True),
        ("power_cut.hit web fenced: 1.5 s of 1.4 s", False),
        ("power_cut.hit web answer: 11.0 s of 30 s", True),
    )


def test_a_phase_that_was_not_seen_of_a_failover_is_not_measured() -> None:
    blind = [event for event in FAILOVER if event != members(16.5, "bravo")]
    assert_judged(
        record(blind, asked(60, (10, 32)), phase("membership", 8)),
        ("power_cut.hit web membership: not seen of 8 s", None),
    )


@pytest.mark.parametrize("silent", [[], [(10.0, 61.0)]], ids=["no outage", "no end of it"])
def test_a_phase_of_a_failover_that_did_not_come_to_an_end_is_not_judged(
    silent: list[tuple[float, float]],
) -> None:
    assert_judged(record(cut(10, "alpha"), asked(60, *silent), phase("promoted", 8)))


def test_objectives_are_judged_in_a_record_without_any() -> None:
    assert_judged(record(asked(60, (10, 60))))


# Outages that are not over.


def echoed(until_s: float, *silent: tuple[float, float]) -> Iterable[IcmpSample]:
    return [
        IcmpSample(at_s=s.at_s, guest="web", answered_s=s.answered_s)
        for s in asked(until_s, *silent)
    ]


@pytest.mark.parametrize(
    ("events", "service", "length"),
    [
        (asked(60, (50, 61)), "web reads", "10.10 s (± 0.10 s)"),
        (asked(60, (50, 61), guest="shop"), "shop reads", "10.10 s (± 0.10 s)"),
        (echoed(60, (50, 61)), "web echoes", "10.10 s (± 0.10 s)"),
        (written(60, (50, 61), store="shop.file"), "shop.file writes", "10.90 s (± 0.90 s)"),
        (written(60, (58, 61)), "web.redis writes", "2.90 s (± 0.90 s)"),
        (asked(60, (58.8, 61)), "web reads", "1.30 s (± 0.10 s)"),
    ],
    ids=["reads", "of a bystander", "echoes", "writes", "three writes", "just long enough"],
)
def test_a_service_that_does_not_answer_again_fails_whatever_an_objective_asks(
    events: list[Event], service: str, length: str
) -> None:
    assert list(unended(record(events))) == [f"{service}: an outage of {length}, and not over"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        asked(60, (10, 50)),
        asked(60, (59, 61)),
        written(60, (10, 50)),
        written(60, (59, 61)),
        [ping(1), ping(1.5, good=False)],
    ],
    ids=["none", "over", "the last second", "writes again", "the last two writes", "the last echo"],
)
def test_an_outage_that_is_over_or_began_with_the_last_question_is_not_unended(
    events: list[Event],
) -> None:
    assert list(unended(record(events))) == []
