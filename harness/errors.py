"""Who is to blame when something goes wrong: your input, the lab, or the cluster."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit status of pytest with this harness, and of `quorate`."""

    OK = 0
    FAILED = 1
    """A test failed; of `judge`, a verdict differs; of `doctor`, something is lacking."""
    USAGE = 2
    """What was asked for cannot be used."""
    DOWN = 3
    """Of `status`: there is no living cluster."""
    NOT_SETTLED = 4
    """Of `status`."""
    INVALID = 10
    """Nothing failed, but a test was invalid."""
    LAB = 11
    """The lab or this machine failed."""
    INTERRUPTED = 130


class InputError(Exception):
    """What you wrote cannot be used; one line names the file, the key and what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class LabError(Exception):
    """The lab or this machine failed; one line names the way out."""


class ClusterError(AssertionError):
    """The cluster under test broke a promise; with the moment and the last observation."""


class Invalid(Exception):
    """The lab could not run an honest test: neither a pass nor the cluster's failure."""


def one_line(text: str) -> str:
    """The text with escapes for what cannot be printed: a name may hold a line's end."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def first_line(error: BaseException) -> str:
    """The error in one line: the first one of its message, else the name of its type."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
