"""The stack's packages: at the wanted versions, or installed, or named."""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from fixtures.stack import packages
from harness.lab.images.image import Image
from harness.plan.plan import Plan, Role
from harness.target.shell import ShellError
from suites.selftest.fake_lab import FakeLab


def installed(plan: Plan, **versions: str) -> str:
    """What dpkg says of a data node that has all packages, but for the named ones."""
    wanted = {name.replace("_", "-"): version for name, version in versions.items()}
    have = {n: p.replace("*", "3") for n, p in plan.packages[plan.data_nodes[0].role].items()}
    return "".join(f"{n} {v} installed\n" for n, v in {**have, **wanted}.items())


def test_a_node_with_all_packages_lacks_nothing(lab: FakeLab, plan: Plan) -> None:
    lab.shell.answer("dpkg-query", installed(plan))
    assert packages.unmet(lab, plan.data_nodes[0]) == []


def test_another_version_than_the_wanted_is_named(lab: FakeLab, plan: Plan) -> None:
    lab.shell.answer("dpkg-query", installed(plan, corosync="2.4.5"))
    lacking = packages.unmet(lab, plan.data_nodes[0])
    assert lacking == ["corosync is 2.4.5, wanted 3.1.*"]


@pytest.mark.parametrize("said", ["", "lvm2 2.03.16 config-files\n"], ids=["never", "removed"])
def test_a_package_that_is_not_installed_is_missing(lab: FakeLab, plan: Plan, said: str) -> None:
    others = installed(plan).replace("lvm2 2.03.3 installed\n", said)
    lab.shell.answer("dpkg-query", others)
    lacking = packages.unmet(lab, plan.data_nodes[0])
    assert lacking == ["lvm2 is missing, wanted 2.03.*"]


def test_a_node_that_needs_nothing_installs_nothing(lab: FakeLab, plan: Plan) -> None:
    lab.shell.answer("dpkg-query", installed(plan))
    packages.install(lab)
    packages.verify(lab)
    assert {command.split()[0] for _, command in lab.shell.asked} == {"dpkg-query"}


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Says when it is opened and closed, instead of serving."""
    told: list[str] = []

    @contextmanager
    def serve(_: FakeLab) -> Iterator[str]:
        told.append("open")
        yield "http://here/"
        told.append("closed")

    monkeypatch.setattr(packages, "_repository", serve)
    return told


def test_what_is_lacking_is_installed_on_the_nodes_that_need_it(
    lab: FakeLab, plan: Plan, repository: list[str]
) -> None:
    lab.shell.answer("dpkg-query", installed(plan))
    lab.shell.answer("dpkg-query", "", on="bravo")
    lab.shell.answer("apt-get install")
    packages.install(lab)
    wanted = re.escape(plan.packages[Role.DATA]["pacemaker"])
    with pytest.raises(ShellError, match=f"^bravo: pacemaker is missing, wanted {wanted}$"):
        packages.verify(lab)
    installs = [name for name, command in lab.shell.asked if "apt-get" in command]
    assert installs == ["bravo"]
    assert (
        lab.shell.files["bravo", "/etc/apt/sources.list"] == b"deb [trusted=yes] http://here/ ./\n"
    )
    assert repository == ["open", "closed"]


def test_an_image_without_a_repository_names_the_way_out(lab: FakeLab, tmp_path: Path) -> None:
    lab.node_image = Image(tmp_path)
    lab.shell.answer("dpkg-query", "")
    with pytest.raises(ShellError, match=r"no repository; `make clean`"):
        packages.install(lab)


def test_the_repository_is_served_while_it_is_needed(
    lab: FakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "Packages").write_text("Package: one\n")
    lab.node_image = Image(tmp_path)
    monkeypatch.setattr(Plan, "gateway", lambda *_: IPv4Address("127.0.0.1"))
    with packages._repository(lab) as url:
        address = url.removeprefix("http://").strip("/")
        connection = http.client.HTTPConnection(address)
        connection.request("GET", "/Packages")
        assert connection.getresponse().read() == b"Package: one\n"
        connection.close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(address).connect()
