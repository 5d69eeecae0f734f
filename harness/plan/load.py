"""Reading a plan: the reference plan, with profiles and single settings laid over it.

The result is one plan, checked once. `resolve` writes it down, and everything else, Vagrant
included, reads only that.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import psutil

from harness.errors import InputError
from harness.plan.consistency import complaints
from harness.plan.plain_yaml import DEEPEST, NotPlain, parse
from harness.plan.plan import Plan
from harness.plan.strict_yaml import checked, content

FIXTURES = Path(__file__).parents[2] / "fixtures"
DEFAULT_PLAN = FIXTURES / "lab.yml"
PROFILES = FIXTURES / "profiles"
DEFAULT_RELEASE = "debian-13"
"""The profile that is laid over a plan for which nothing else names a release."""
Overlay = Mapping[str, Any]
"""Some keys of a plan, in its form."""


def load(
    file: Path = DEFAULT_PLAN,
    *,
    profiles: Iterable[str] = (),
    settings: Iterable[str] = (),
    changes: Mapping[str, Overlay] | None = None,
) -> Plan:
    """Read and check a plan; what comes later lies over what comes earlier.

    `profiles` are names in `fixtures/profiles/`, or files; `changes` are overlays by their names;
    `settings` are texts like `pacemaker.resource_stickiness=0`.

    Example:
        load(profiles=["debian-12"], settings=["corosync.token_ms=1000"])

    Raises:
        InputError: one line with all mistakes: the key, and what to write instead.
    """
    overlays: dict[str, Overlay] = {}
    for path in map(profile_file, profiles):
        overlays[str(path)] = content(path, Plan)
    overlays |= dict(changes or {})
    overlays |= {f"--set {setting}": parse_setting(setting) for setting in settings}
    raw = content(file, Plan)
    if not any("release" in part for part in (raw, *overlays.values())):
        raw = lay_over(raw, content(profile_file(DEFAULT_RELEASE), Plan))
    for overlay in overlays.values():
        raw = lay_over(raw, overlay)
    source = " with ".join([str(file), ", ".join(overlays)] if overlays else [str(file)])
    plan = checked(raw, Plan, source=source)
    if found := complaints(plan):
        raise InputError(f"{source}: {'; '.join(found)}")
    return plan


def resolve(plan: Plan, file: Path) -> None:
    """Write the plan down, for everything that is not in this process."""
    part = file.with_suffix(".part")
    part.write_text(plan.model_dump_json(indent=1) + "\n")
    part.replace(file)


def profile_file(name: str) -> Path:
    """The file of a profile: one that is shipped, by its name, or any other by its path.

    Raises:
        InputError: names the profiles that there are.
    """
    if "/" in name or name.endswith((".yml", ".yaml")):
        return Path(name)
    known = sorted(file.stem for file in PROFILES.glob("*.yml"))
    if name not in known:
        raise InputError(f"--profile {name}: unknown, write one of {', '.join(known)} or a path")
    return PROFILES / f"{name}.yml"


def parse_setting(text: str) -> Overlay:
    """`a.b=1` as a file has it: `{a: {b: 1}}`.

    Raises:
        InputError: it has no such form.
    """
    key, equals, value = text.partition("=")
    names = key.split(".")
    if not equals or not all(names) or len(names) > DEEPEST:
        raise InputError(f"--set {text}: write a key of the plan and its value, as a.b=1")
    try:
        overlay: Any = parse(value)
    except NotPlain as error:
        raise InputError(f"--set {text}: the value: {error}") from None
    for name in reversed(names):
        overlay = {name: overlay}
    found: Overlay = overlay
    return found


def lay_over(below: Overlay, above: Overlay) -> dict[str, Any]:
    """A copy of `below` in which each value of `above` replaces its own; mappings are merged."""
    merged = deepcopy(dict(below))
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = lay_over(old, value)
        else:
            merged[key] = deepcopy(value)
    return merged


def check_memory(plan: Plan, available_mib: int | None = None) -> None:
    """Refuse a plan that asks for more memory than this machine has.

    Raises:
        InputError: names the sum, what is there, and what to write.
    """
    total = psutil.virtual_memory().total if available_mib is None else available_mib * 2**20
    wanted = sum(n.memory_mib for n in plan.nodes.values())
    have = total // 2**20
    if wanted > have * 0.9:
        share = int(have * 0.9) // len(plan.nodes)
        raise InputError(
            f"nodes.*.memory_mib: the nodes want {wanted} MiB, this machine has {have} MiB; "
            f"write {share} or less for each"
        )
