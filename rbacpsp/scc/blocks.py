"""Parses the blocks of ids in a namespace's annotations: `1000/100` or `1000-1099`.

Source: openshift/library-go pkg/security/uid ParseBlock, which reads with Go's `fmt.Sscanf` into uint32 and
ignores text after the second number.
"""

import re

from rbacpsp.model.psp import Range

_NUMBER = re.compile(r"[0-9]{1,4000}")
_SPACES = " \t\r\v\f"
_SIZE, _LARGEST = 1 << 32, 1 << 64


class BlockError(ValueError):
    """A text is not a block; the message is Go's."""


def parse_blocks(text: str) -> tuple[Range, ...]:
    """The blocks of a list with commas.

    Raises:
        BlockError: An item is not a block.
    """
    return tuple(map(parse_block, text.split(",")))


def parse_block(text: str) -> Range:
    """A block: its first and last id.

    Raises:
        BlockError: The text is not such a block.
    """
    separator = "/" if "/" in text else "-"
    first, remaining_text = _number(text)
    if not remaining_text.startswith(separator):
        raise BlockError("input does not match format" if remaining_text else "unexpected EOF")
    second, _ = _number(remaining_text[1:])
    return Range(first, (first + second - 1) % _SIZE if separator == "/" else second)


def _number(text: str) -> tuple[int, str]:
    """A number at the start of a text, and what follows it."""
    trimmed = text.lstrip(_SPACES)
    if trimmed.startswith("\n"):
        raise BlockError("unexpected newline")
    if not trimmed:
        raise BlockError("EOF")
    match = _NUMBER.match(trimmed)
    if match is None:
        raise BlockError("expected integer")
    digits = match[0]
    if int(digits) >= _LARGEST:
        raise BlockError(f'strconv.ParseUint: parsing "{digits}": value out of range')
    if int(digits) >= _SIZE:
        raise BlockError(f"unsigned integer overflow on token {digits}")
    return int(digits), trimmed[match.end() :]
