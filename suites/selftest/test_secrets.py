"""Secrets are planted wherever a node or the lab might tell them; none is found afterwards."""

import base64
import bz2
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from harness.cluster.cluster import Cluster
from harness.cluster.status import ClusterStatus
from harness.errors import Invalid
from harness.lab.keys import LENGTHS, make_keys, redact
from harness.observe.evidence import Evidence
from harness.record.events import EVENT, ConsoleLine, JournalLine, Watching
from harness.record.timeline import Timeline
from harness.target.target import Needs
from harness.trial import Trial
from suites.selftest.fake_lab import FakeLab
from suites.selftest.test_evidence import archive
from suites.selftest.views import healthy

SHARED = tuple(LENGTHS)
BOOT = "8988188c-f71f-4766-8b62-b2d679871411"
CLIENTS = ("HttpProbe", "IcmpProbe", "WriteWorkload")
QUIET = (*CLIENTS, "NodeAgents", "HostLoad", "PowerLog", "FinalState")


@pytest.fixture
def lab(lab: FakeLab) -> FakeLab:
    """A lab with keys."""
    make_keys(lab.state.keys)
    return lab


def told(lab: FakeLab) -> dict[str, bytes]:
    """Each secret as it may be told, by a name for the form."""
    forms: dict[str, bytes] = {}
    for name in SHARED:
        key = (lab.state.keys / name).read_bytes()
        forms |= {f"{name}, raw": key, f"{name}, hexadecimal": key.hex().encode()}
        forms[f"{name}, base64"] = base64.b64encode(key)
        wrapped = base64.encodebytes(key).splitlines()
        forms |= {f"{name}, line {number}": line for number, line in enumerate(wrapped)}
    body = (lab.state.keys / "ssh").read_bytes().splitlines()[1:-1]
    return forms | {f"ssh, line {number}": line for number, line in enumerate(body)}


def texts(lab: FakeLab) -> str:
    """All of it that is text, on lines of a log."""
    lines = (form.decode() for name, form in told(lab).items() if not name.endswith("raw"))
    return "".join(f"1795000012.5 alpha fence_virt[7]: key {line} end\n" for line in lines)


def entries(lab: FakeLab) -> str:
    """All of it, as journalctl prints entries: as numbers what is no text."""
    usual = {"_BOOT_ID": BOOT.replace("-", ""), "__REALTIME_TIMESTAMP": "1795000012500000"}
    raw = [[*form] for name, form in told(lab).items() if name.endswith("raw")]
    entries = [usual | {"MESSAGE": message} for message in (*texts(lab).splitlines(), *raw)]
    return "".join(f"{json.dumps(entry)}\n" for entry in entries)


def cib(lab: FakeLab) -> bytes:
    """A configuration in which somebody wrote keys themselves, not the files they are in."""
    sync, fence = ((lab.state.keys / name).read_bytes() for name in SHARED)
    pairs = {"key": base64.b64encode(fence).decode(), "passwd": sync.hex()}
    return "".join(f'<nvpair name="{n}" value="{v}"/>\n' for n, v in pairs.items()).encode()


def tell(lab: FakeLab) -> None:
    """Plant the secrets in what nodes answer."""
    lab.shell.answer("", texts(lab), stderr=(lab.state.keys / "ssh").read_text())
    lab.shell.answer("EPOCHREALTIME", f"{BOOT} 1795000011.5 1795000010.5\n")
    lab.shell.answer("-o json", f"{BOOT}\n{entries(lab)}")
    lab.shell.answer("cibadmin", cib(lab).decode())
    lab.shell.answer("base64", archive({"pe-input-1.bz2": bz2.compress(cib(lab))}))


class Settled(Cluster):
    """A cluster that is well whenever it is looked at."""

    def status(self) -> ClusterStatus:
        return healthy(self.target.plan)


class Quiet:
    """An observer that sees nothing."""

    name, watching = "quiet", Watching(longest_hole_s=1)
    needs = Needs()

    def __init__(self, *_: object, **__: object) -> None:
        self.of: dict[str, object] = {}

    def start(self) -> None:
        pass

    before_fault = stop = collect = start


@pytest.fixture
def trial(lab: FakeLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """One that hears what nodes and consoles say, the only ones that could tell a secret."""
    for observer in QUIET:
        monkeypatch.setattr(f"harness.observe.observation.{observer}", Quiet)
    monkeypatch.setattr("harness.trial.host_unfit", lambda *_, **__: ())
    folder = tmp_path / "run" / "test_one"
    folder.mkdir(parents=True)
    return Trial(Settled(lab, Timeline(folder / "timeline.jsonl")), folder)


@pytest.fixture
def kept(lab: FakeLab, trial: Trial) -> Path:
    """The run's folder after a failed test on a lab that tells all it knows."""
    tell(lab)
    evidence = Evidence(lab)
    trial.begin()
    (lab.state.consoles / "alpha.log").write_bytes(b" ".join(told(lab).values()) + b"\n")
    (lab.state.folder / "expiry.log").write_text(texts(lab))
    evidence.collect(trial.folder)
    with suppress(Invalid):  # nobody looked at the guests
        trial.failed(AssertionError("web is nowhere"))
    (trial.folder.parent / "told.txt").write_text("\n".join(trial.describe().values()))
    return trial.folder.parent


def contents(run: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a run; none is packed, else nothing could be found in it."""
    for file in (path for path in run.rglob("*") if path.is_file()):
        assert file.suffix in {".txt", ".log", ".xml", ".jsonl", ".json"}
        yield file.name, file.read_bytes()


def test_no_secret_is_found_in_anything_that_a_run_keeps(lab: FakeLab, kept: Path) -> None:
    found = {
        (name, what)
        for name, content in contents(kept)
        for what, form in told(lab).items()
        if form in content
    }
    assert found == set()


def test_they_were_planted_and_what_stood_around_them_is_kept(kept: Path) -> None:
    by_name = dict(contents(kept))
    for name in ("alpha-journal.txt", "expiry.log", "timeline.jsonl"):
        assert b"key [fence.key] end" in by_name[name], name
        assert b"key [ssh] end" in by_name[name], name
    for name in ("alpha-cib.txt", "bravo-pe-input-1.xml"):
        assert b'<nvpair name="passwd" value="[corosync.authkey]"/>' in by_name[name], name
    assert b"[corosync.authkey]" in by_name["console-alpha.log"]
    events = [EVENT.validate_json(line) for line in by_name["timeline.jsonl"].splitlines()]
    consoles = [event.text for event in events if isinstance(event, ConsoleLine)]
    assert any("[corosync.authkey]" in text for text in consoles)
    journals = [event.text for event in events if isinstance(event, JournalLine)]
    assert "[fence.key]" in journals
    assert by_name["bravo-kernel.txt"].endswith(b" end\n[ssh]")


def test_the_public_key_and_all_else_stay_as_they_are(lab: FakeLab) -> None:
    public = (lab.state.keys / "ssh.pub").read_bytes()
    said = b"Command line: root=/dev/vda1 \xff" + public + b'key_file="/etc/fence_xvm.key"\r\n'
    assert redact(said, lab.state.keys) == said
