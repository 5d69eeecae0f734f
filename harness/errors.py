"""Who is to blame when something goes wrong: your input, the lab, or the cluster."""


class InputError(Exception):
    """What you wrote cannot be used; one line names the file, the key and what to write instead."""


class LabError(Exception):
    """The lab or this machine failed; one line names the way out."""


class ClusterError(AssertionError):
    """The cluster under test broke a promise; with the moment and the last observation."""


class Invalid(Exception):
    """The lab could not run an honest test: neither a pass nor the cluster's failure."""


def first_line(error: BaseException) -> str:
    """The error in one line: the first one of its message, else the name of its type."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
