"""The lab's fence device: fence_virtd, in place of a BMC.

It runs in the capsule, listens on the management network only, and switches the machines' power
through the capsule's libvirt. It belongs to the lab, not to the cluster under test.
"""

import socket
import time
from datetime import timedelta

from harness.errors import LabError
from harness.lab.capsule import Capsule
from harness.plan.plan import Plan

PORT = 1229
CONFIG = """
fence_virtd {{ listener = "tcp"; backend = "libvirt";
               module_path = "/usr/lib/x86_64-linux-gnu/fence-virt"; }}
listeners {{ tcp {{ key_file = "{key}"; address = "{address}"; port = "{port}"; family = "ipv4";
                    hash = "sha256"; auth = "sha256"; }} }}
backends {{ libvirt {{ uri = "qemu:///system"; }} }}
"""
START_LIMIT = timedelta(seconds=5)


def start_fence_device(capsule: Capsule, plan: Plan) -> None:
    """Start fence_virtd in the capsule, and wait until it accepts connections. Ends with the lab.

    Raises:
        LabError: it ended, or did not listen within `START_LIMIT`. Its log has the reason.
    """
    folder = capsule.state.folder
    config, log_file = folder / "fence_virt.conf", folder / "fence_virtd.log"
    key, address = capsule.state.keys / "fence.key", plan.gateway("mgmt")
    config.write_text(CONFIG.format(key=key, address=address, port=PORT))
    device = capsule.spawn(["fence_virtd", "-F", "-f", config], log_to=log_file)
    deadline = time.monotonic() + START_LIMIT.total_seconds()
    while not _listens(str(address)):
        if device.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"the fence device does not start; see {log_file}")
        time.sleep(0.05)


def _listens(address: str) -> bool:
    """Return whether the device accepts a connection from inside the lab's network."""
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex((address, PORT)) == 0
