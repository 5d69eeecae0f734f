"""DRBD's fence-peer handler, run as it is: nothing is believed on a node without quorum."""

import os
import subprocess
from pathlib import Path

import pytest

from fixtures.stack.templating import render
from suites.selftest.fake_lab import FakeLab


@pytest.fixture
def handler(lab: FakeLab, tmp_path: Path) -> Path:
    """The script, on a node where DRBD's own says what `told` says, and how often it was asked."""
    inner = tmp_path / "crm-fence-peer.sh"
    text = render(lab, "fence-peer.sh").replace("/usr/lib/drbd/crm-fence-peer.sh", str(inner))
    program(tmp_path / "fence-peer", text)
    program(inner, f'#!/bin/sh\necho "$*" >> {tmp_path}/asked; exit $(cat {tmp_path}/told)\n')
    program(tmp_path / "sleep", "#!/bin/sh\n")
    # One answer for each question, the last one for ever: a line of `quorate` each.
    program(
        tmp_path / "corosync-quorumtool",
        f"""#!/bin/sh
cd {tmp_path}
echo "Quorate:          $(head -1 quorate)"
[ "$(wc -l < quorate)" = 1 ] || sed -i 1d quorate
""",
    )
    return tmp_path / "fence-peer"


def program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("quorate", "asked"),
    [
        (["Yes"], 1),
        (["No", "No", "Yes"], 1),
        (["Yes", "No", "No", "Yes"], 2),
    ],
    ids=["quorum", "quorum comes", "quorum is lost meanwhile"],
)
def test_what_the_script_says_is_passed_on_when_there_is_quorum(
    handler: Path, quorate: list[str], asked: int
) -> None:
    (handler.parent / "quorate").write_text("".join(f"{word}\n" for word in quorate))
    (handler.parent / "told").write_text("7")
    path = f"{handler.parent}:{os.environ['PATH']}"
    done = subprocess.run([handler, "--timeout", "9"], env={"PATH": path}, check=False, timeout=9)
    assert done.returncode == 7
    assert (handler.parent / "asked").read_text() == "--timeout 9\n" * asked


def test_a_node_that_has_no_quorum_waits(handler: Path) -> None:
    (handler.parent / "quorate").write_text("No\n")
    path = f"{handler.parent}:{os.environ['PATH']}"
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([handler], env={"PATH": path}, check=False, timeout=0.5)
    assert not (handler.parent / "asked").exists()


STATES = """\
  <node_state id="1" uname="alpha" in_ccm="0" crmd="0" join="down" expected="down"/>
  <node_state id="2" uname="bravo" in_ccm="1795645405" crmd="1795645435" join="member">
  <node id="0" crmd="0"/>
"""
TRANSLATED = """\
  <node_state id="1" uname="alpha" in_ccm="false" crmd="offline" join="down" expected="down"/>
  <node_state id="2" uname="bravo" in_ccm="true" crmd="online" join="member">
  <node id="0" crmd="0"/>
"""


@pytest.mark.parametrize("states", [STATES, TRANSLATED], ids=["Pacemaker 3", "Pacemaker 2"])
def test_the_script_reads_states_of_nodes_in_words_from_any_pacemaker(
    handler: Path, states: str
) -> None:
    """And is told when the CIB cannot be read."""
    folder = handler.parent
    (folder / "quorate").write_text("Yes\n")
    (folder / "states").write_text(states)
    program(folder / "cibadmin", f"#!/bin/sh\necho $1 $2; cat {folder}/states; exit 105\n")
    inner = f"#!/bin/bash\ncibadmin -Q -t 1 > {folder}/read; exit $?\n"
    program(folder / "crm-fence-peer.sh", inner)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run([handler], env={"PATH": path}, check=False, timeout=9)
    assert done.returncode == 105
    assert (folder / "read").read_text() == f"-Q -t\n{TRANSLATED}"
