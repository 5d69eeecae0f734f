"""Exceptions and exit statuses, by the cause of an error: the input, the lab or the cluster."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit status of pytest with this plugin, and of `quorate`."""

    OK = 0
    FAILED = 1
    """A test failed. For `judge`: a verdict differs. For `doctor`: something is lacking."""
    USAGE = 2
    """An argument, an option or a file cannot be used."""
    DOWN = 3
    """For `status`: the lab is down."""
    NOT_SETTLED = 4
    """For `status`: the cluster is not settled."""
    INVALID = 10
    """No test failed, but at least one was invalid."""
    LAB = 11
    """The lab or this machine failed."""
    INTERRUPTED = 130
    """The user interrupted the run."""


class InputError(Exception):
    """The user's input cannot be used. One line names the file, the key and what to write."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class LabError(Exception):
    """The lab or this machine failed. One line names the cause and the remedy."""


class ClusterError(AssertionError):
    """The cluster under test failed. The message has the time and the last observation."""


class Invalid(Exception):
    """The lab could not run an honest test, which is neither a pass nor the cluster's failure."""


def one_line(text: str) -> str:
    """Return the text with unprintable characters escaped. Names may contain line ends."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its type if it has none."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
