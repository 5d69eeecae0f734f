"""A path that a person gave."""

import os
from pathlib import Path


def given_path(text: str | Path) -> Path:
    """The absolute path; one that is a loop of links is found out where it is read.

    Raises:
        ValueError: it is empty, as that of a variable which is not set: the current folder is
            not meant.
    """
    if not str(text):
        raise ValueError("an empty path; name a file or a folder")
    return Path(os.path.realpath(text))
