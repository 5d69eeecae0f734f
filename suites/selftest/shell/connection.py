"""A fake of fabric's connection."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from harness.plan.load import load

PLAN = load()
ALPHA, BRAVO, _ = PLAN.nodes.values()
OK = SimpleNamespace(exited=0, stdout="", stderr="")
Answers = Callable[..., SimpleNamespace]


class FakeConnection:
    """A connection with given answers, which can be dropped."""

    made: list["FakeConnection"]
    answers: Answers
    refuses: bool

    def __init__(self, host: str, **options: Any) -> None:
        self.host, self.options = host, options
        self.is_connected = False
        self.transport = SimpleNamespace(close=self.close, set_keepalive=lambda _: None)
        self.written: dict[str, bytes] = {}
        self.made.append(self)

    def open(self) -> None:
        if self.refuses:
            raise TimeoutError("timed out")
        self.is_connected = True

    def close(self) -> None:
        self.is_connected = False

    def run(self, command: str, **options: object) -> SimpleNamespace:
        return self.answers(command, **options)

    def put(self, file: io.BytesIO, path: str) -> None:
        self.written[path] = file.read()


def answering(out: str = "", err: str = "", code: int = 0) -> Answers:
    """Return the answers of a node that answers every command alike."""
    answer = SimpleNamespace(exited=code, stdout=out, stderr=err)
    return staticmethod(lambda *_, **__: answer)


def broken(error: BaseException) -> Answers:
    """Return the answers of a node where every command raises an error."""

    def fail(*_: object, **__: object) -> SimpleNamespace:
        raise error

    return staticmethod(fail)
