"""Parser for a safe subset of YAML 1.2: no tags, aliases or duplicate keys, and limited in size."""

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
"""Size limit of a file. A plan has 6 KiB. Parsing a file of this size may take a second."""
DEEPEST = 20
"""Limit of nested levels. Hundreds of them exceed Python's recursion limit."""
REFUSED = {
    TagToken: "a tag (`!`)",  # can select the types of YAML 1.1
    DirectiveToken: "a directive (`%`)",  # can select YAML 1.1
    AliasToken: "an alias (`*`)",  # a few can expand to billions of values
}
BEGINS = (
    *(BlockMappingStartToken, BlockSequenceStartToken),
    *(FlowMappingStartToken, FlowSequenceStartToken),
)
ENDS = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)


class NotPlain(ValueError):
    """A text is not in the accepted subset of YAML. The message is the reason, in one line."""


def parse(text: str) -> object:
    """Return the value of a YAML text: a number for `3`, a boolean for `true`, a text for `none`.

    Raises:
        NotPlain: the text is too large, not YAML, or not in the subset.
    """
    if len(text) > LARGEST_KIB * 1024:
        raise NotPlain(f"larger than {LARGEST_KIB} KiB, write less")
    try:
        _check_tokens(text)
        return _safe().load(text)
    except NotPlain:
        raise
    except DuplicateKeyError as error:
        raise NotPlain(_duplicate_key(error)) from None
    except (YAMLError, ValueError) as error:
        raise NotPlain(f"not YAML: {' '.join(str(error).split())}") from None


def read_text(file: Path) -> str:
    """Return the text of a regular file. A device may be endless, and a pipe is read only once.

    Raises:
        NotPlain: the file cannot be read, is too large, or is not text in UTF-8.
    """
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise NotPlain("no regular file, name one")
        if status.st_size > LARGEST_KIB * 1024:
            raise NotPlain(f"larger than {LARGEST_KIB} KiB, write less")
        return file.read_bytes().decode()
    except OSError as error:
        raise NotPlain(f"cannot be read ({error.strerror}), name a file that exists") from None
    except UnicodeDecodeError:
        raise NotPlain("not text in UTF-8, write YAML") from None


def _safe() -> YAML:
    """Return a parser for YAML 1.2: `1:30` and `yes` are texts, duplicate keys are errors."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    return yaml


def _check_tokens(text: str) -> None:
    """Raise NotPlain for a token whose meaning depends on the parser, and for deep nesting."""
    depth = 0
    for token in _safe().scan(text):
        line = token.start_mark.line + 1
        depth += isinstance(token, BEGINS) - isinstance(token, ENDS)
        if refused := REFUSED.get(type(token)):
            raise NotPlain(f"line {line}: has {refused}, write plain values")
        if depth > DEEPEST:
            raise NotPlain(f"line {line}: more than {DEEPEST} levels, write fewer")


def _duplicate_key(error: DuplicateKeyError) -> str:
    key = re.match(r'found duplicate key "(.*?)"', str(error.problem))
    name = key[1] if key else "a key"
    return f"line {error.problem_mark.line + 1}: {name} is written twice, remove one of them"
