"""A lab's secrets: made once, for it alone, and readable by its owner only."""

from pathlib import Path

import pytest

from harness.lab.keys import LENGTHS, make_keys, public_key
from harness.lab.state import State


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of one lab, made twice."""
    state = State(tmp_path_factory.mktemp("labs"))
    state.prepare()
    make_keys(state.keys)
    first = {file.name: file.read_bytes() for file in state.keys.iterdir()}
    make_keys(state.keys)
    assert {file.name: file.read_bytes() for file in state.keys.iterdir()} == first
    return state.keys


def test_every_secret_is_there(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {"ssh", "ssh.pub", *LENGTHS}


@pytest.mark.parametrize("name", ["ssh", *LENGTHS])
def test_a_secret_is_for_its_owner_only(folder: Path, name: str) -> None:
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("name", "length"), LENGTHS.items())
def test_a_shared_secret_has_its_length(folder: Path, name: str, length: int) -> None:
    assert len((folder / name).read_bytes()) == length


def test_no_two_secrets_are_alike(folder: Path) -> None:
    assert len({(folder / name).read_bytes() for name in LENGTHS}) == len(LENGTHS)


def test_the_public_key_is_one_line(folder: Path) -> None:
    kind, _, name = public_key(folder).split(" ")
    assert (kind, name) == ("ssh-ed25519", "quorate")


def test_a_lost_secret_is_made_again_and_the_others_stay(tmp_path: Path) -> None:
    make_keys(tmp_path)
    kept = (tmp_path / "ssh").read_bytes()
    (tmp_path / "fence.key").unlink()
    make_keys(tmp_path)
    assert (tmp_path / "fence.key").exists()
    assert (tmp_path / "ssh").read_bytes() == kept
