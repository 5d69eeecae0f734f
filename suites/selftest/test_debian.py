"""Debian is unpacked as a recipe says, and packages are kept where apt can read them."""

from pathlib import Path

import pytest

from harness.lab.images import debian


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Two packages, one of them explained."""
    folder = tmp_path / "recipe"
    folder.mkdir()
    (folder / "packages").write_text("# the base\nsystemd\n\nudev  # for names of cards\n  \n")
    return folder


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of the command that was run."""
    words: list[str] = []
    monkeypatch.setattr(debian, "run", lambda given, **_: words.extend(map(str, given)))
    return words


def test_a_recipe_lists_packages_without_its_comments(
    recipe: Path, command: list[str], tmp_path: Path
) -> None:
    debian.unpack("bookworm", recipe, tmp_path)
    assert "--include=systemd,udev" in command


def test_more_packages_come_behind_those_of_the_recipe(
    recipe: Path, command: list[str], tmp_path: Path
) -> None:
    debian.unpack("bookworm", recipe, tmp_path, more=["corosync"])
    assert "--include=systemd,udev,corosync" in command


def test_the_release_is_unpacked_into_the_root_folder(
    recipe: Path, command: list[str], tmp_path: Path
) -> None:
    assert debian.unpack("bookworm", recipe, tmp_path) == tmp_path / "rootfs"
    assert command[-2:] == ["bookworm", str(tmp_path / "rootfs")]


@pytest.mark.parametrize(("variant", "moment"), [("minbase", "customize"), ("extract", "extract")])
def test_the_recipes_own_script_runs_last(
    recipe: Path, command: list[str], tmp_path: Path, variant: str, moment: str
) -> None:
    debian.unpack("bookworm", recipe, tmp_path, variant=variant, hooks=["first"])
    hooks = [word for word in command if "-hook=" in word]
    own = f'--{moment}-hook=sh {recipe / "customize.sh"} "$1"'
    assert hooks == [f"--{moment}-hook=first", own]
    assert f"--variant={variant}" in command


def test_packages_are_fetched_with_what_they_need() -> None:
    assert debian.download_hook(["corosync", "crmsh"], Path("/repo")) == (
        'chroot "$1" apt-get install --download-only -y corosync crmsh '
        '&& mkdir -p /repo && mv "$1"/var/cache/apt/archives/*.deb /repo'
    )


def test_an_index_is_made_of_the_scan_without_its_chatter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = (
        "dpkg-scanpackages: warning: Packages in archive but missing from override file:\n"
        "Package: one\nVersion: 1\n\nPackage: two\nVersion: 2\n\n"
        "dpkg-scanpackages: info: Wrote 2 entries to output Packages file.\n"
    )
    monkeypatch.setattr(debian, "run", lambda *_, **__: scan)
    debian.index(tmp_path)
    text = (tmp_path / "Packages").read_text()
    assert text == "Package: one\nVersion: 1\n\nPackage: two\nVersion: 2\n\n"
