"""The nodes' state at the beginning of a test, stored beside the checkpoint.

Every test starts from the same checkpoint, so the nodes are queried once and not in each test.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.cluster import node_state
from harness.cluster.node_state import NodeState
from harness.target.target import Target

FILE = "beginning.json"


class Beginning(BaseModel):
    """The stored states, with the checkpoint and the code that they were read by."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    checkpoint: str
    reader: str
    """Digest of the module that queries and parses, so that changed code ignores older answers."""
    states: dict[str, NodeState]


def load(target: Target) -> dict[str, NodeState] | None:
    """Read the stored state of every node. Return None if none fits this checkpoint and code."""
    try:
        stored = Beginning.model_validate_json((target.folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    fits = (stored.checkpoint, stored.reader) == (target.baseline.identity, _reader())
    return stored.states if fits and stored.states.keys() == target.plan.nodes.keys() else None


def store(target: Target, states: Mapping[str, NodeState]) -> None:
    """Store the state of every node for later tests. Does nothing without a checkpoint."""
    identity = target.baseline.identity
    if identity is None:
        return
    stored = Beginning(checkpoint=identity, reader=_reader(), states=dict(states))
    part = (target.folder / FILE).with_suffix(".part")
    with suppress(OSError):  # the file only saves time
        part.write_text(stored.model_dump_json(indent=1))
        part.replace(target.folder / FILE)


def _reader() -> str:
    return hashlib.sha256(Path(node_state.__file__).read_bytes()).hexdigest()
