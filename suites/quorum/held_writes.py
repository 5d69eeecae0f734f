"""What follows when a guest must stop whose writes DRBD holds."""

from harness import Cluster, NodePlan

BLOCKED = (
    r"^(kernel: (INFO: task drbd_async_h:\d+ blocked|\s*Not tainted|\"echo 0 > .*hung_task)"
    r"|libvirtd: .*(Failed to terminate process|End of file while reading data)"
    r"|pacemaker-(controld|execd|fenced|schedulerd): .*"
    r"(stop operation|[Tt]imed out|No fence device|No (modify|move) match|Moved lrm_rsc_op))"
)
WHY = "a QEMU process whose writes DRBD holds cannot be killed, so its stop fails"


def expect_failed_stop(cluster: Cluster, *nodes: NodePlan) -> None:
    """Declare that the stop of a guest fails on these nodes, and that they are fenced for that.

    A primary that has lost its peer and the quorum holds its writes. QEMU then waits in the kernel
    and does not even die by SIGKILL ("Failed to terminate process", seen with libvirt 11.3).
    """
    cluster.expects(BLOCKED, WHY)
    for node in nodes:
        cluster.allow_fencing(node, WHY)
    cluster.known_gap(
        rf"^I4: \S+ ran on ({'|'.join(map(str, nodes))}) for [\d.]+ s without quorum",
        WHY,
        "no-quorum-policy=suicide with a watchdog; no write is acknowledged meanwhile",
    )
