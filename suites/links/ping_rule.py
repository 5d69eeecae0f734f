"""The rule that moves guests away from a node that has lost its ping target."""

from datetime import timedelta

from harness import Cluster

MARGIN = timedelta(seconds=20)


def time_to_act(cluster: Cluster) -> timedelta:
    """Return the time after which Pacemaker has acted on a lost target, if it ever does.

    Each node notices the loss at its next monitor, after some attempts. The attribute daemon then
    dampens the new value.
    """
    plan, timings = cluster.target.plan, cluster.target.timings
    monitored_s = plan.operations.ping_monitor_s * timings.monitor_scale
    attempts_s = plan.ping.attempts * plan.ping.timeout_s
    return timedelta(seconds=monitored_s + attempts_s + timings.ping_dampen_s) + MARGIN
