"""Reading YAML without its traps: no tag, no alias, no key twice, nothing that takes minutes."""

import re
import stat
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError
from ruamel.yaml.tokens import (
    AliasToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    DirectiveToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    TagToken,
)

LARGEST_KIB = 32
"""A plan has 6 KiB. To read this much may take a second."""
DEEPEST = 20
"""Levels of a file; Python cannot follow hundreds."""
REFUSED = {
    TagToken: "a tag (`!`)",  # brings back YAML 1.1
    DirectiveToken: "a directive (`%`)",  # the same
    AliasToken: "an alias (`*`)",  # a few can stand for billions of values
}
BEGINS = (
    *(BlockMappingStartToken, BlockSequenceStartToken),
    *(FlowMappingStartToken, FlowSequenceStartToken),
)
ENDS = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)


class NotPlain(ValueError):
    """Says in one line why a text is no YAML that is read here."""


def parse(text: str) -> object:
    """A value as a file has it: `3` is a number, `true` a switch, `none` a text.

    Raises:
        NotPlain: why there is none.
    """
    if len(text) > LARGEST_KIB * 1024:
        raise NotPlain(f"larger than {LARGEST_KIB} KiB, write less")
    try:
        _check_tokens(text)
        return _safe().load(text)
    except NotPlain:
        raise
    except DuplicateKeyError as error:
        raise NotPlain(_written_twice(error)) from None
    except (YAMLError, ValueError) as error:
        raise NotPlain(f"not YAML: {' '.join(str(error).split())}") from None


def read_text(file: Path) -> str:
    """The text of a file. A device may never end, and a pipe can be read only once.

    Raises:
        NotPlain: why there is none.
    """
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise NotPlain("no regular file, name one")
        if found.st_size > LARGEST_KIB * 1024:
            raise NotPlain(f"larger than {LARGEST_KIB} KiB, write less")
        return file.read_bytes().decode()
    except OSError as error:
        raise NotPlain(f"cannot be read ({error.strerror}), name a file that exists") from None
    except UnicodeDecodeError:
        raise NotPlain("not text in UTF-8, write YAML") from None


def _safe() -> YAML:
    """YAML 1.2: 1:30 and yes are texts, and duplicate keys are refused."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    return yaml


def _check_tokens(text: str) -> None:
    """Refuse what two readers would take for two things, and what Python cannot follow."""
    depth = 0
    for token in _safe().scan(text):
        line = token.start_mark.line + 1
        depth += isinstance(token, BEGINS) - isinstance(token, ENDS)
        if refused := REFUSED.get(type(token)):
            raise NotPlain(f"line {line}: has {refused}, write plain values")
        if depth > DEEPEST:
            raise NotPlain(f"line {line}: more than {DEEPEST} levels, write fewer")


def _written_twice(error: DuplicateKeyError) -> str:
    key = re.match(r'found duplicate key "(.*?)"', str(error.problem))
    name = key[1] if key else "a key"
    return f"line {error.problem_mark.line + 1}: {name} is written twice, remove one of them"
