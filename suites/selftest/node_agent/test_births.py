"""New processes are followed by their numbers until they have become QEMU, or something else."""

import pytest

from harness.observe import node_agent


class Births:
    """Process numbers that are given, programs that run under them, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.newest, self.now_s = 100, 1000.0
        self.programs: dict[int, str] = {}
        self.examined: list[int] = []
        monkeypatch.setattr(node_agent, "newest_process", lambda: self.newest)
        monkeypatch.setattr("harness.observe.node_agent.os.listdir", lambda _: ["self"])
        monkeypatch.setattr("harness.observe.node_agent.time.monotonic", lambda: self.now_s)
        monkeypatch.setattr(node_agent, "read", self._read)
        monkeypatch.setattr(node_agent, "guest_of", lambda _, program: program or None)
        monkeypatch.setattr(node_agent, "Process", FakeProcess)

    def _read(self, file: str) -> str:
        pid = int(file.split("/")[2])
        self.examined.append(pid)
        return self.programs.get(pid, "")

    def after(self, seconds: float, guests: node_agent.Guests) -> list[int]:
        """Numbers that a look examines then."""
        self.now_s += seconds
        self.examined.clear()
        guests.sample()
        return list(self.examined)


class FakeProcess:
    def __init__(self, pid: int, guest: str) -> None:
        if guest == "ended":
            raise ProcessLookupError
        self.text = f"{guest}/{pid}"

    def minor(self) -> str:
        return ""


@pytest.fixture
def births(monkeypatch: pytest.MonkeyPatch) -> Births:
    return Births(monkeypatch)


def test_numbers_of_processes_that_begin_anew_are_followed(births: Births) -> None:
    guests = node_agent.Guests()
    births.newest = 2
    assert births.after(1, guests) == [1, 2]


def test_a_new_process_is_given_three_seconds_to_become_qemu(
    births: Births, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "libvirtd"}
    monkeypatch.setattr(
        node_agent, "guest_of", lambda _, program: None if program == "libvirtd" else program
    )
    assert births.after(1, guests) == births.after(2.9, guests) == [101]
    births.programs[101] = "web"
    assert births.after(0.05, guests) == [101]
    assert guests.sample() == "runs=web/101 open="
    assert births.after(0.05, guests) == []


def test_a_process_that_stays_what_it_was_is_examined_no_more_when_it_has_grown_up(
    births: Births, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "sh"}
    monkeypatch.setattr(node_agent, "guest_of", lambda *_: None)
    assert births.after(1, guests) == births.after(3.1, guests) == [101]
    assert births.after(0.25, guests) == []


def test_a_number_without_a_process_is_examined_once_more_and_then_not(births: Births) -> None:
    """It may be given a moment before the process can be seen."""
    guests = node_agent.Guests()
    births.newest = 101
    assert births.after(1, guests) == births.after(0.25, guests) == [101]
    assert births.after(0.25, guests) == []


def test_a_process_that_ends_while_it_is_examined_is_none(births: Births) -> None:
    guests = node_agent.Guests()
    births.newest, births.programs = 101, {101: "ended"}
    births.after(1, guests)
    assert guests.sample() == "runs= open="
