"""The priority of a node that boots: it yields this machine's processors to the other nodes.

A booting node uses a whole processor. On hardware that costs the others nothing. On a machine with
two processors it took from a node with both guests up to half of its own, and their clients then
waited for seconds.
"""

import os
from contextlib import suppress
from pathlib import Path

import psutil

NICE = 5
"""Of sched(7): two busy nodes on one processor then share it three to one."""


def yield_processors(process: psutil.Process) -> None:
    """Lower the priority of a machine's QEMU process, until it ends.

    With automatic groups (sched(7), "The autogroup feature") the nice value counts only within a
    session, and libvirt starts each machine in its own. So the group gets the value, too.
    """
    with suppress(OSError):  # it has ended, or this kernel has no automatic groups
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(task.name), NICE)
        Path(f"/proc/{process.pid}/autogroup").write_text(f"{NICE}\n")
