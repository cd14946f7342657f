"""The blocks of ids that a namespace's annotations set aside: `1000/100` or `1000-1099`.

Source: openshift/library-go pkg/security/uid ParseBlock, which reads with Go's `fmt.Sscanf` into uint32: what
follows the second number is not looked at.
"""

import re

from rbacpsp.model.psp import Range

_NUMBER = re.compile(r"[0-9]{1,4000}")
_SPACES = " \t\r\v\f"
_SIZE, _LARGEST = 1 << 32, 1 << 64


class BlockError(ValueError):
    """A text is no block, in Go's words."""


def parse_blocks(text: str) -> tuple[Range, ...]:
    """The blocks of a list with commas.

    Raises:
        BlockError: One of them is no block.
    """
    return tuple(map(parse_block, text.split(",")))


def parse_block(text: str) -> Range:
    """A block: its first and last id.

    Raises:
        BlockError: The text is not such a block.
    """
    mark = "/" if "/" in text else "-"
    first, rest = _number(text)
    if not rest.startswith(mark):
        raise BlockError("input does not match format" if rest else "unexpected EOF")
    second, _ = _number(rest[1:])
    return Range(first, (first + second - 1) % _SIZE if mark == "/" else second)


def _number(text: str) -> tuple[int, str]:
    """A number at the start of a text, and what follows it."""
    kept = text.lstrip(_SPACES)
    if kept.startswith("\n"):
        raise BlockError("unexpected newline")
    if not kept:
        raise BlockError("EOF")
    found = _NUMBER.match(kept)
    if found is None:
        raise BlockError("expected integer")
    digits = found[0]
    if int(digits) >= _LARGEST:
        raise BlockError(f'strconv.ParseUint: parsing "{digits}": value out of range')
    if int(digits) >= _SIZE:
        raise BlockError(f"unsigned integer overflow on token {digits}")
    return int(digits), kept[found.end() :]
