"""The list of the invariants: one source, and a copy of it for readers."""

from pathlib import Path

from harness.judge.invariants.catalogue import CATALOGUE

README = Path(__file__).parent.parent.parent / "README.md"


def rows() -> list[str]:
    """The rows of the README's table, as the catalogue has them."""
    sentences: dict[str, list[str]] = {}
    for invariant in CATALOGUE:
        sentences.setdefault(invariant.number, []).append(invariant.sentence)
    return [f"| {number} | {'; '.join(of)} |" for number, of in sentences.items()]


def test_the_readme_lists_the_invariants_of_the_catalogue() -> None:
    lines = README.read_text().splitlines()
    assert [line for line in lines if line.startswith("| I")] == rows()


def test_the_invariants_are_numbered_from_1_to_12() -> None:
    assert list(dict.fromkeys(one.number for one in CATALOGUE)) == [f"I{n}" for n in range(1, 13)]
