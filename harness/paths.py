"""Paths that a person gives."""

import os
from pathlib import Path


def given_path(text: str | Path) -> Path:
    """Return the absolute path. A loop of links is detected only when the path is read.

    Raises:
        ValueError: the text is empty, for example from a variable that is not set. An empty path
            would mean the current folder.
    """
    if not str(text):
        raise ValueError("an empty path; name a file or a folder")
    return Path(os.path.realpath(text))
