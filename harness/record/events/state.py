"""States at one moment: surveys, Pacemaker's view, configuration, leftovers, compared copies."""

from typing import Literal

from harness.record.events.base import Event, Moment
from harness.record.status import NodeStatus, Pacemaker


class NodeSurvey(Event):
    """A node's answer to the survey."""

    kind: Literal["node_survey"] = "node_survey"
    node: str
    status: NodeStatus


class ClusterView(Event):
    """The state of the cluster, reported by Pacemaker on a quorate node."""

    kind: Literal["cluster_view"] = "cluster_view"
    node: str
    view: Pacemaker


class Configuration(Event):
    """A node's configuration at the beginning or at the end of a test."""

    kind: Literal["configuration"] = "configuration"
    moment: Moment
    node: str
    elements: dict[str, str]
    """Digest of each configuration element of its CIB, by the element's id."""
    files: dict[str, str]
    """Digest of each other configuration file of the cluster, by its path."""


class Traces(Event):
    """Possible leftovers on a node: rules, load generators, fill files, fail counts, core dumps."""

    kind: Literal["traces"] = "traces"
    moment: Moment
    node: str
    found: tuple[str, ...]


class CopiesCompared(Event):
    """A comparison of both copies of each guest's disk, bit by bit."""

    kind: Literal["copies_compared"] = "copies_compared"
    differ: dict[str, int | None]
    """By guest: offset in bytes of the first difference, or None when the copies are equal."""


StateEvent = NodeSurvey | ClusterView | Configuration | Traces | CopiesCompared
