"""Events as the observers note them, to make records of."""

from typing import Any

from harness.timeline import Event

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


def write(sent_s: float, number: int, *, good: bool = True, store: str = "web") -> Event:
    """One write of the ledger."""
    acknowledged = sent_s + 0.1 if good else None
    detail = {"store": store, "number": number, "acknowledged_s": acknowledged}
    return Event(sent_s, "ledger", "write", detail)
