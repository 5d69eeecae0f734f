"""The file of limits is read strictly: what is wrong is named in one line."""

import re
from copy import deepcopy
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.judge.limits import ProfileLimits, load
from harness.plan.plan import Acceleration
from suites.selftest.judge.limits.limits_file import SHIPPED, Change, changed, refusal
from suites.selftest.plans import as_yaml

HIT = "reads, writes, lost_writes, phases, redundant_again_s"
PHASES = "membership_s, fenced_s, promoted_s, started_s, answer_s"


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
            f"hit: found [1], write a mapping with the keys {HIT}",
        ),
        (
            lambda of: of["hit"]["reads"].pop("longest_s"),
            "hit.reads.longest_s: missing, write seconds above 0, as 45 or 1.5",
        ),
        (
            lambda of: of["bystander"].pop("writes"),
            (
                "bystander.writes: missing, write a mapping with the keys "
                "longest_s, further, further_s"
            ),
        ),
        (
            lambda of: of.update(bystander=None),
            "bystander: found no value, write a mapping with the keys reads, writes, lost_writes",
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
            f"hit.7: unknown key, remove it or write one of {HIT}",
        ),
        (
            lambda of: of["hit"].update({"<<": {"lost_writes": 8}}),
            f"hit.<<: unknown key, remove it or write one of {HIT}",
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
        "tcg.full_disk: missing, write a mapping with the keys hit, bystander",
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
    keys = ", ".join(ProfileLimits.model_fields)
    expected = f"missing, write a mapping with the keys {keys}"
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


def test_a_mapping_within_itself_is_refused(file: Path) -> None:
    assert "has an alias" in refusal(file, "tcg: &a {power_cut: *a}\nkvm: {}")


def test_a_list_is_no_key(file: Path) -> None:
    assert "unknown key" in refusal(file, "? [a]\n: 1\n")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yml: cannot be read \(No such file"):
        load(Acceleration.TCG, tmp_path / "none.yml")
