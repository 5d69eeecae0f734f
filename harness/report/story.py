"""A test's timeline, told in lines that a person can read: only what changed."""

from collections.abc import Iterable, Iterator

from harness.record.timeline import Event

ACTS = ("injecting", "bites", "lifted", "condition")
"""What the harness did or waited for; all else in the story is what the nodes said."""


def story(events: Iterable[Event]) -> list[str]:
    """One line for each change, with the seconds since the first fault, or since the start."""
    told = list(events)
    faults = (event.at_s for event in told if event.kind == "injecting")
    start = next(faults, told[0].at_s if told else 0.0)
    known: dict[str, str] = {}
    lines = []
    for event in told:
        for what, now in _facts(event):
            if known.get(what) != now:
                lines.append(f"{event.at_s - start:7.1f} s  {what}: {now}")
            known[what] = now
    return lines


def _facts(event: Event) -> Iterator[tuple[str, str]]:
    """What an event states, each under the name by which it is compared with the last word."""
    detail = event.detail
    if event.kind in ACTS:
        yield event.kind, str(detail.get("fault") or detail.get("sentence"))
    elif event.kind == "blind":
        who = detail.get("node") or f"store of {detail['store']}"
        yield who, detail["blind"].removeprefix(f"{who}: ")
    elif event.kind == "status":
        yield detail["node"], "answers"
        yield f"{detail['node']} runs", " ".join(detail["guests"]) or "no guest"
        for guest, side in detail["replicas"].items():
            state = f"{side['role']}/{side['disk']}/{side['connection']}"
            yield f"{detail['node']} replica of {guest}", state
    elif event.kind == "view":
        yield from _cluster(detail)
    else:
        yield from _told(event)


def _told(event: Event) -> Iterator[tuple[str, str]]:
    """What DRBD and libvirt tell of themselves, but for what was so when they were first asked."""
    detail = event.detail
    if event.kind == "drbd" and detail["change"] != "exists" and detail["states"]:
        states = (":".join(state) for state in detail["states"].items())
        change = "" if detail["change"] == "change" else detail["change"]
        yield (
            f"{detail['node']} DRBD {detail['what']} of {detail['guest']}",
            " ".join(filter(None, (change, *states))),
        )
    elif event.kind == "domain":
        told = f"{detail['event']} {detail['detail']}".strip()
        yield f"{detail['node']} libvirt {detail['guest']}", told


def _cluster(view: dict[str, list[dict[str, str]]]) -> Iterator[tuple[str, str]]:
    """Pacemaker's word, as a quorate node gives it."""
    yield "DC", str(view["dc"])
    yield "fenced", " ".join(f"{f['target']} {f['status']}" for f in view["fencings"]) or "nobody"
    yield "failed", " / ".join(map(str, view["failures"])) or "nothing"
    roles: dict[str, list[str]] = {}
    for resource in view["resources"]:
        where = " ".join((resource["role"], *resource["nodes"], resource["pending"])).strip()
        roles.setdefault(resource["name"], []).append(where)
    for name, instances in roles.items():
        yield name, ", ".join(sorted(instances))
