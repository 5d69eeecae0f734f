"""The cluster's state at one moment: surveys, its own view, and what is left in the end."""

from typing import Literal

from harness.record.events.base import Event, Moment
from harness.record.status import NodeStatus, Pacemaker


class NodeSurvey(Event):
    """A node's own answer to the survey."""

    kind: Literal["node_survey"] = "node_survey"
    node: str
    status: NodeStatus


class ClusterView(Event):
    """The cluster as the Pacemaker of a quorate node reports it."""

    kind: Literal["cluster_view"] = "cluster_view"
    node: str
    view: Pacemaker


class Configuration(Event):
    """A node's configuration at the beginning or in the end."""

    kind: Literal["configuration"] = "configuration"
    moment: Moment
    node: str
    elements: dict[str, str]
    """Digest of each element of its CIB's configuration, by the element's id."""
    files: dict[str, str]
    """Digest of each other file that configures the cluster, by its path."""


class Traces(Event):
    """What may be left behind on a node: rules, load generators, fill files, fail counts, cores."""

    kind: Literal["traces"] = "traces"
    moment: Moment
    node: str
    found: tuple[str, ...]


class CopiesCompared(Event):
    """Both copies of each guest's disk, compared bit by bit."""

    kind: Literal["copies_compared"] = "copies_compared"
    differ: dict[str, int | None]
    """By guest: the first offset in bytes at which they differ, None when they are equal."""


StateEvent = NodeSurvey | ClusterView | Configuration | Traces | CopiesCompared
