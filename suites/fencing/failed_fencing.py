"""What Pacemaker logs when the fence device does not do what it asks."""

from harness import Cluster

FAILED = r"^pacemaker-(fenced|controld|schedulerd): +(error|warning): .*(?i:fenc|stonith|reboot)"


def expect_failed_fencing(cluster: Cluster) -> None:
    """Declare the log lines of fencing that fails."""
    cluster.expects(FAILED, "Pacemaker reports each fencing that failed")
