"""What is saved of a failed test, while its fault still bites."""

from pathlib import Path

from harness.cluster.cluster import Cluster
from harness.lab.shell import Unreachable
from harness.plan import NodePlan
from harness.progress import log

COMMANDS = {
    "status": "crm_mon -1rf; corosync-quorumtool -s; corosync-cfgtool -s; cat /proc/drbd; ip -br a",
    "journal": "journalctl -b --no-pager -o short-precise -n 2000",
    "kernel": "dmesg",
    "cib": "cibadmin --query",
    "guests": "tail -v -c 20000 /var/log/*.console 2>/dev/null || true",
    # What the scheduler decided from: `tar -xz`, then `crm_simulate -S -x FILE` replays it.
    "scheduler.tgz.base64": "tar -C /var/lib/pacemaker -cz pengine | base64",
}
"""Nothing here prints a key: fencing's and Corosync's are in files that are not read."""


def collect(cluster: Cluster, folder: Path) -> None:
    """Write what each node says, and each console, into the test's folder."""
    cluster.lab.shell.each(cluster.nodes, lambda node: _ask(cluster, node, folder))
    for console in cluster.lab.state.consoles.glob("*.log"):
        (folder / f"console-{console.name}").write_bytes(console.read_bytes())


def _ask(cluster: Cluster, node: NodePlan, folder: Path) -> None:
    if not cluster.lab.hypervisor.is_running(node.name):
        (folder / f"{node}-is-off").touch()
        return
    for name, command in COMMANDS.items():
        try:
            said = cluster.lab.shell.run(node, command)
        except Unreachable as error:
            log.warning("evidence: %s", error)
            return
        (folder / f"{node}-{name}.txt").write_text(said.stdout + said.stderr)
