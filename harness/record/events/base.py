"""What every kind of event has in common."""

import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal[2] = 2
"""Version of the record's format; a reader refuses any other."""
Service = Literal["reads", "writes"]
Moment = Literal["beginning", "end"]
Blame = Literal["cluster", "lab"]
Step = Literal["bites", "still bites", "lifted", "gone"]


class Part(BaseModel):
    """A frozen piece of an event: no unknown key, no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Event(Part):
    """Something that happened at one moment."""

    # Looked up at each call, so that a self-test can put its own clock there.
    at_s: float = Field(default_factory=lambda: time.monotonic(), ge=0)  # noqa: PLW0108
