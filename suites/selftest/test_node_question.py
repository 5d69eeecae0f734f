"""The question for a node's state, asked of a made-up node by a real bash."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.cluster.node_state import QUERY
from suites.selftest.node_answers import COROSYNC

TOOLS = {
    "cibadmin": 'echo "<cib/>"; echo "$@" >&2',
    "nft": '[ "$*" = "--stateless list ruleset" ] && echo "table ip x {"',
    "tc": '[ "$*" = "qdisc show" ] && echo "qdisc tbf 1: dev eth0 root"',
    "dmsetup": '[ "$*" = table ] && echo "vg_guests-web: 0 8 error"',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A made-up node: its files, its tools in /bin, and none of its own beside those."""
    (tmp_path / "bin").mkdir()
    for name, script in TOOLS.items():
        write(tmp_path / "bin" / name, f"#!/bin/bash\n{script}\n").chmod(0o755)
    (tmp_path / "bin" / "sha256sum").symlink_to("/usr/bin/sha256sum")
    write(tmp_path / "etc/corosync/corosync.conf", "totem {}\n")
    return tmp_path


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def ask(root: Path) -> list[str]:
    """The answer's lines, paths as the node knows them."""
    script = re.sub(r"(?<=\s)/(?=\w)", f"{root}/", QUERY)
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        env={**os.environ, "PATH": str(root / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.replace(str(root), "").splitlines()


def below(answer: list[str], heading: str) -> list[str]:
    """Lines below that heading."""
    text = "\n".join(answer) + "\n"
    _, _, rest = text.partition(f"== {heading}\n")
    return re.split(r"(?m)^== .*$", rest)[0].split("\n")[:-1]


def process(root: Path, pid: int, name: str, *words: str) -> None:
    write(root / f"proc/{pid}/comm", f"{name}\n")
    write(root / f"proc/{pid}/cmdline", "".join(f"{word}\0" for word in words))


def test_a_clean_node_answers_with_nothing_left_behind(root: Path) -> None:
    answer = ask(root)
    assert below(answer, "cib") == ["<cib/>"]
    assert [line.split("  ")[1] for line in below(answer, "files")] == [COROSYNC]
    assert below(answer, "nft") == ["table ip x {"]
    assert below(answer, "qdiscs") == ["qdisc tbf 1: dev eth0 root"]
    assert below(answer, "others") == []
    assert answer[-1] == "== complete"


def test_the_node_is_asked_for_its_own_copy_of_the_cib(root: Path) -> None:
    write(root / "bin/cibadmin", '#!/bin/bash\necho "asked: $*"\n')
    assert below(ask(root), "cib") == ["asked: --query --local"]


def test_every_file_that_configures_the_cluster_is_read(root: Path) -> None:
    files = (
        "/etc/corosync/corosync.conf",
        "/etc/drbd.conf",
        "/etc/drbd.d/global_common.conf",
        "/etc/drbd.d/web.res",
        "/etc/guests/web.xml",
        "/etc/lvm/lvmlocal.conf",
        "/etc/libvirt/libvirtd.conf",
    )
    others = ("/etc/guests/notes.txt", "/etc/lvm/lvm.conf", "/etc/drbd.d/folder/x")
    for path in (*files, *others):
        write(root / path[1:], path)
    assert [line.split("  ")[1] for line in below(ask(root), "files")] == list(files)


def test_a_node_without_device_mapper_is_not_asked_for_its_tables(root: Path) -> None:
    assert "== tables" not in ask(root)


def test_a_suspended_device_is_found(root: Path) -> None:
    for number, (name, suspended) in enumerate((("web", 1), ("shop", 0))):
        write(root / f"sys/block/dm-{number}/dm/name", f"{name}\n")
        write(root / f"sys/block/dm-{number}/dm/suspended", f"{suspended}\n")
    answer = ask(root)
    assert below(answer, "tables") == ["vg_guests-web: 0 8 error"]
    assert below(answer, "others") == ["dm web: suspended"]


def test_load_generators_are_found_and_other_processes_are_not(root: Path) -> None:
    process(root, 1, "systemd", "/sbin/init", "quorate")
    process(root, 11, "stress-ng-cpu", "stress-ng-cpu [run]")
    process(root, 12, "fio", "fio", "--name=two\nlines")
    process(root, 13, "dd", "dd", "if=/dev/zero", "of=/var/quorate.fill.rest")
    process(root, 14, "dd", "dd", "if=/dev/vda", "of=/dev/null")
    process(root, 15, "stress-ng")  # a process that ends has no words left
    process(root, 16, "fiona", "fiona")
    assert below(ask(root), "others") == [
        "process stress-ng-cpu [run]",
        "process fio --name=two lines",
        "process dd if=/dev/zero of=/var/quorate.fill.rest",
        "process stress-ng",
    ]


def test_fill_files_and_cores_are_found(root: Path) -> None:
    files = (
        "/quorate.fill",
        "/var/quorate.fill.rest",
        "/var/log/quorate.fill",
        "/var/lib/pacemaker/quorate.fill",
        "/core.12",
        "/var/crash/dump",
        "/var/lib/systemd/coredump/core.corosync.0",
        "/var/lib/corosync/core",
        "/var/lib/pacemaker/cores/root/core",
    )
    for path in (*files, "/var/lib/corosync/ringid_1", "/var/log/syslog"):
        write(root / path[1:], "")
    assert below(ask(root), "others") == [f"file {path}" for path in files]


@pytest.mark.parametrize("tool", ["cibadmin", "nft", "tc"])
def test_a_tool_that_fails_is_named(root: Path, tool: str) -> None:
    write(root / "bin" / tool, "#!/bin/bash\nexit 7\n")
    answer = ask(root)
    assert f"== failed: {tool} ended with 7" in answer
    assert answer[-1] == "== complete"


@pytest.mark.parametrize("tool", ["nft", "tc"])
def test_a_tool_that_is_not_there_is_left_out(root: Path, tool: str) -> None:
    (root / "bin" / tool).unlink()
    assert not [line for line in ask(root) if "failed" in line]


def test_a_node_without_any_of_the_files_does_not_wait_for_input(root: Path) -> None:
    (root / "etc/corosync/corosync.conf").unlink()
    assert "== files" not in ask(root)
