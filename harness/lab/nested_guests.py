"""Nested guests, which are paused in a checkpoint of machines under KVM.

The kernel's manual calls the result undefined if an AMD processor's machine is saved while a guest
runs in it (Documentation/virt/kvm/x86/running-nested-guests.rst). A node saved in this way once had
a soft lockup after its restore, and the cluster fenced another node. In emulation, machines are
saved while their processors are idle instead (see suspension.py).
"""

from harness.plan.plan import Plan
from harness.target.target import Shell

EACH = "guests=$(virsh list --name --state-{state}) && for guest in $guests; do {act} || exit; done"
PAUSE = EACH.format(state="running", act="virsh suspend $guest")
RESUME = EACH.format(state="paused", act="virsh resume $guest")


def pause_guests(plan: Plan, shell: Shell) -> None:
    """Pause all guests. Pacemaker regards a paused guest as running.

    Raises:
        ShellError: a node does not answer, or libvirt refuses.
    """
    shell.each(plan.data_nodes, lambda node: shell.check(node, PAUSE))


def resume_guests(plan: Plan, shell: Shell) -> None:
    """Resume all paused guests.

    Raises:
        ShellError: a node does not answer, or libvirt refuses.
    """
    shell.each(plan.data_nodes, lambda node: shell.check(node, RESUME))
