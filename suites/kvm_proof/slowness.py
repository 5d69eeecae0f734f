"""Measures how much slower this machine's KVM is than on hardware. Prints timings as a profile."""

import sys

from ruamel.yaml import YAML

from harness.lab.accel import boot_time_s
from harness.lab.images.image import built
from harness.lab.state import HOME, State
from harness.plan.load import load
from harness.plan.plan import Acceleration
from harness.plan.settings import Timings

HARDWARE_S = 1.0
"""Time that a kernel takes to boot under KVM on hardware, about 1 s."""
SCALED = (
    *("drbd_ping_timeout_ds", "drbd_timeout_ds", "agent_scale", "monitor_scale"),
    *("stonith_timeout_s", "ping_dampen_s", "quorum_stop_s", "patience_s", "rejoin_patience_s"),
)
COARSE = {"load_threshold_percent": 0, "echo_period_ms": 100, "write_period_ms": 1000}
"""Settings that reduce the load of observers, because a slow node is always busy."""


def main() -> None:
    """Boot a node's kernel, and scale the timings for hardware by its boot time."""
    node = built(State(HOME / ".lab"), "node")
    assert node is not None
    slowness = max(1.0, boot_time_s(node.kernel) / HARDWARE_S)
    hardware = load().timings[Acceleration.KVM]
    scaled = {name: _scaled(name, getattr(hardware, name), slowness) for name in SCALED}
    print(f"# a kernel boots {slowness:.1f} times slower than under KVM on hardware")
    YAML().dump({"timings": {"kvm": {**scaled, **COARSE}}}, sys.stdout)


def _scaled(name: str, value: float, factor: float) -> float:
    """Scale a setting, up to the plan's limit. An integer stays an integer."""
    limits = Timings.model_fields[name].metadata
    most = next(limit.le for limit in limits if hasattr(limit, "le"))
    scaled: float = min(most, type(value)(value * factor))
    return scaled


if __name__ == "__main__":
    main()
