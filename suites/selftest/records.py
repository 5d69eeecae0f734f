"""Events as the observers note them, to make records of; and a record of a real failover."""

from pathlib import Path
from typing import Any

from harness.record.timeline import Event, read

POWER_CUT = Path(__file__).parent / "captured" / "power-cut-of-a-host.jsonl"

FENCED = (
    "Operation 'reboot' targeting {0} by arbiter for pacemaker-controld.364@alpha: OK (complete)"
)


def noted(at_s: float, kind: str, **detail: Any) -> Event:
    """What the harness notes."""
    return Event(at_s, "harness", kind, detail)


def look(
    at_s: float, node: str, *, runs: str = "", primary: str | None = None, boot: str = "1"
) -> Event:
    """A look of the watch; a guest that runs somewhere has its primary there, unless told."""
    held = runs if primary is None else primary
    detail: dict[str, Any] = {"node": node, "boot": boot, "open": held.split()}
    return Event(at_s, "watch", "watch", detail | {"runs": runs.split(), "primary": held.split()})


def role(at_s: float, node: str, role: str, *, guest: str = "web", boot: str = "1") -> Event:
    """DRBD's own word: the role of the guest's replica on that node."""
    detail = {"node": node, "boot": boot, "change": "change", "what": "resource", "guest": guest}
    return Event(at_s, "drbd", "drbd", detail | {"states": {"role": role}})


def unseen(at_s: float, node: str) -> Event:
    """The watch does not see a node."""
    return Event(at_s, "watch", "blind", {"node": node, "blind": f"{node}: no power"})


def line(at_s: float, node: str, who: str, text: str, *, boot: str = "1") -> Event:
    """A line of a node's journal."""
    detail = {"node": node, "boot": boot, "who": who, "text": text}
    return Event(at_s, "journal", "journal", detail)


def members(at_s: float, node: str) -> Event:
    """A new membership of two."""
    return line(at_s, node, "corosync", "  [QUORUM] Members[2]: 2 3")


def quorum(at_s: float, node: str, *, lost: bool = False, boot: str = "1") -> Event:
    """A node has quorum from now on, or has lost it."""
    said = "non-primary component and will NOT provide any services."
    text = said if lost else "primary component and will provide service."
    text = f"  [QUORUM] This node is within the {text}"
    return line(at_s, node, "corosync", text, boot=boot)


def fenced(at_s: float, target: str, *, on: str = "bravo") -> Event:
    """A node's Pacemaker says that the target is surely gone."""
    return line(at_s, on, "pacemaker-fenced", f" notice: {FENCED.format(target)}")


def power(at_s: float, node: str, change: str = "stopped") -> Event:
    """The hypervisor's word."""
    return Event(at_s, "hypervisor", "power", {"node": node, "change": change})


def cut(at_s: float, node: str) -> Event:
    """A fault: power cut."""
    return Event(at_s, "fault", "injecting", {"fault": f"power cut of {node}", "node": node})


def sample(sent_s: float, *, good: bool = True, guest: str = "web") -> Event:
    """One question of the probe."""
    answered = sent_s + 0.01 if good else None
    return Event(sent_s, "probe", "sample", {"guest": guest, "answered_s": answered})


def asked(*, away: range = range(0), every_s: float = 0.09, guest: str = "web") -> list[Event]:
    """Ten seconds of questions; those with a number in `away` got no answer. Echoes always did."""
    questions = range(int(10 / every_s))
    over_http = [sample(n * every_s, good=n not in away, guest=guest) for n in questions]
    return [*over_http, *(ping(n / 50, guest=guest) for n in range(500))]


def ping(sent_s: float, *, good: bool = True, guest: str = "web") -> Event:
    """One echo."""
    answered = sent_s + 0.001 if good else None
    return Event(sent_s, "probe", "ping", {"guest": guest, "answered_s": answered})


def at_end(*, cibs: str = "aaa", web: int | None = None) -> list[Event]:
    """The last look: a sum of each node's CIB, and where the copies of web's disk differ."""
    digests = dict(zip(("alpha", "bravo", "arbiter"), cibs, strict=True))
    return [
        Event(13, "end", "cib", {"digests": digests}),
        Event(13, "end", "copies", {"differ": {"web": web, "shop": None}}),
    ]


def write(
    sent_s: float,
    number: int,
    *,
    good: bool = True,
    store: str = "web.redis",
    took_s: float = 0.1,
) -> Event:
    """One write of the ledger."""
    acknowledged = sent_s + took_s if good else None
    detail = {"store": store, "number": number, "acknowledged_s": acknowledged}
    return Event(sent_s, "ledger", "write", detail)


def recorded() -> list[Event]:
    """A power cut of alpha, which ran web, at 100 s, until alpha was back; and it passed.

    Thinned: without the probe, the ledger and what repeats itself.
    """
    return read(POWER_CUT)


def amid(record: list[Event], *doctored: Event) -> list[Event]:
    """The record with events put in at their time."""
    return sorted([*record, *doctored], key=lambda event: event.at_s)
