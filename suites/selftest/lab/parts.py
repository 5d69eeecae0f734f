"""Parts of a lab that record their calls."""

from collections.abc import Callable
from types import SimpleNamespace

STACK = "stack"


def noting(done: list[str], name: str, result: object = None) -> Callable[..., object]:
    """Return a function that only records its call."""

    def note(*_: object, **__: object) -> object:
        done.append(name)
        return result

    return note


def parts(done: list[str], name: str, calls: str) -> SimpleNamespace:
    return SimpleNamespace(**{call: noting(done, f"{name} {call}") for call in calls.split()})


def without_forgetting(done: list[str]) -> list[str]:
    return [step for step in done if not step.startswith("forget")]
