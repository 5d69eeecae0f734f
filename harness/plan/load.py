"""Reading of a plan: the reference plan, overlaid with profiles, changes and single settings.

`load` returns one plan, validated once. `resolve` writes it to a file, which Vagrant and other
processes read.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import psutil

from harness.errors import InputError
from harness.plan.consistency import inconsistencies
from harness.plan.plain_yaml import DEEPEST, NotPlain, parse
from harness.plan.plan import Plan
from harness.plan.strict_yaml import checked, content

FIXTURES = Path(__file__).parents[2] / "fixtures"
DEFAULT_PLAN = FIXTURES / "lab.yml"
PROFILES = FIXTURES / "profiles"
DEFAULT_RELEASE = "debian-13"
"""The profile that is used if neither the plan nor an overlay sets the release."""
Overlay = Mapping[str, Any]
"""Some keys of a plan with their values, nested as in the plan."""


def load(
    file: Path = DEFAULT_PLAN,
    *,
    profiles: Iterable[str] = (),
    settings: Iterable[str] = (),
    changes: Mapping[str, Overlay] | None = None,
) -> Plan:
    """Read a plan, overlay it with profiles, changes and settings in this order, and validate it.

    `profiles` are names in `fixtures/profiles/`, or files. `changes` are overlays by their names.
    `settings` have the form `pacemaker.resource_stickiness=0`.

    Example:
        load(profiles=["debian-12"], settings=["corosync.token_ms=1000"])

    Raises:
        InputError: the plan has mistakes. One line names each key, and what to write instead.
    """
    overlays: dict[str, Overlay] = {}
    for path in map(profile_file, profiles):
        overlays[str(path)] = content(path, Plan)
    overlays |= dict(changes or {})
    overlays |= {f"--set {setting}": parse_setting(setting) for setting in settings}
    raw = content(file, Plan)
    if not any("release" in part for part in (raw, *overlays.values())):
        raw = merge(raw, content(profile_file(DEFAULT_RELEASE), Plan))
    for overlay in overlays.values():
        raw = merge(raw, overlay)
    source = " with ".join([str(file), ", ".join(overlays)] if overlays else [str(file)])
    plan = checked(raw, Plan, source=source)
    if findings := inconsistencies(plan):
        raise InputError(f"{source}: {'; '.join(findings)}")
    return plan


def resolve(plan: Plan, file: Path) -> None:
    """Write the resolved plan to a file, for other processes."""
    part = file.with_suffix(".part")
    part.write_text(plan.model_dump_json(indent=1) + "\n")
    part.replace(file)


def profile_file(name: str) -> Path:
    """Return the file of a shipped profile by its name, or of any other by its path.

    Raises:
        InputError: the name is unknown. The message lists the known ones.
    """
    if "/" in name or name.endswith((".yml", ".yaml")):
        return Path(name)
    known = sorted(file.stem for file in PROFILES.glob("*.yml"))
    if name not in known:
        raise InputError(f"--profile {name}: unknown, write one of {', '.join(known)} or a path")
    return PROFILES / f"{name}.yml"


def parse_setting(text: str) -> Overlay:
    """Return the overlay of a setting: `{a: {b: 1}}` for `a.b=1`.

    Raises:
        InputError: the text does not have this form, or its value is no plain YAML.
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
    nested: Overlay = overlay
    return nested


def merge(base: Overlay, overlay: Overlay) -> dict[str, Any]:
    """Return a copy of `base` with the values of `overlay`. Mappings are merged recursively."""
    merged = deepcopy(dict(base))
    for key, value in overlay.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = merge(old, value)
        else:
            merged[key] = deepcopy(value)
    return merged


def check_memory(plan: Plan, available_mib: int | None = None) -> None:
    """Check that the nodes need at most 90 % of this machine's memory.

    `available_mib` replaces this machine's memory.

    Raises:
        InputError: they need more. The message has both sizes, and what to write.
    """
    total = psutil.virtual_memory().total if available_mib is None else available_mib * 2**20
    needed_mib = sum(n.memory_mib for n in plan.nodes.values())
    total_mib = total // 2**20
    if needed_mib > total_mib * 0.9:
        share = int(total_mib * 0.9) // len(plan.nodes)
        raise InputError(
            f"nodes.*.memory_mib: the nodes need {needed_mib} MiB, this machine has {total_mib} "
            f"MiB; write {share} or less for each"
        )
