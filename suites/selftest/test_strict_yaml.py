"""Files are read strictly, whatever their model: lists, texts, values without a description."""

from pathlib import Path

import pytest
from pydantic import Field

from harness.errors import InputError
from harness.plan.strict_yaml import LONGEST_SHOWN, StrictModel, read


class Disk(StrictModel):
    size: int = Field(description="a size in MiB")


class Machine(StrictModel):
    name: str
    disks: list[Disk] = Field(default=[], description="a list of disks")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "machine.yml"


def refusal(file: Path, content: str) -> str:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read(file, Machine)
    return str(error.value).removeprefix(f"{file}: ")


def test_texts_in_utf_8_are_read(file: Path) -> None:
    file.write_bytes("name: größer\r\ndisks: [{size: 8}]\r\n".encode())
    assert read(file, Machine) == Machine(name="größer", disks=[Disk(size=8)])


def test_mistakes_in_a_list_are_named_with_their_place(file: Path) -> None:
    text = refusal(file, "name: a\ndisks: [{size: 1}, {size: x}, {sise: 2}]\n")
    assert text.split("; ") == [
        "disks.1.size: found 'x', write a size in MiB",
        "disks.2.size: missing, write a size in MiB",
        "disks.2.sise: unknown key, write size",
    ]


def test_a_field_without_a_description_asks_for_another_value(file: Path) -> None:
    assert refusal(file, "name: 7\n") == "name: found 7, write another value"


@pytest.mark.parametrize("more", [0, 1])
def test_a_value_is_cut_only_where_it_is_too_long(file: Path, more: int) -> None:
    digits = "1" * (LONGEST_SHOWN + more)
    shown = digits[:LONGEST_SHOWN] + "…" * more
    assert refusal(file, f"name: {digits}\n") == f"name: found {shown}, write another value"


def test_what_yaml_objects_to_is_told_in_one_line_with_its_place(file: Path) -> None:
    text = refusal(file, "a: b: c")
    start = 'not YAML: mapping values are not allowed here in "<unicode string>", line 1, column 5:'
    assert text.startswith(start)
    assert "\n" not in text
