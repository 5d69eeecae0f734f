"""The base of all events, and the types that several events use."""

import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal[2] = 2
"""Version of the record format. A reader refuses any other."""
Service = Literal["reads", "writes"]
Moment = Literal["beginning", "end"]
Blame = Literal["cluster", "lab"]
Step = Literal["bites", "still bites", "ended", "lifted", "gone"]
"""A fault that ends with its victim's boot has ended when a victim was fenced for it."""


class Part(BaseModel):
    """A frozen part of an event. It accepts no unknown key, no NaN and no infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Event(Part):
    """Base of all events: something that happened at one moment."""

    # The lambda looks the clock up at each call, so that a self-test can replace it.
    at_s: float = Field(default_factory=lambda: time.monotonic(), ge=0)  # noqa: PLW0108
