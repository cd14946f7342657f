"""Splits JSON values that follow each other, over many lines or without line ends between them."""

import re
from collections.abc import Iterable, Iterator

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_OPEN = frozenset((b"{", b"["))
_CLOSE = frozenset((b"}", b"]"))
_BETWEEN = b" \t\r\n,"


def split_values(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The objects and lists of a stream, each with the number of the line on which it begins.

    The text after the last complete one is yielded too, since it is damaged.
    """
    buffer = b""
    position = begin = depth = 0
    line = 1
    for piece in chunks:
        line += buffer.count(b"\n", 0, begin)
        buffer = buffer[begin:] + piece
        position -= begin
        begin = 0
        while token := _TOKEN.search(buffer, position):
            if buffer.find(b'"', position, token.start()) >= 0:
                break  # a string begins before this token and ends in a later part
            position = token.end()
            if token[0] in _OPEN:
                depth += 1
            elif token[0] in _CLOSE:
                depth -= 1
                if depth <= 0:
                    value = buffer[begin:position].lstrip(_BETWEEN)
                    yield line + buffer.count(b"\n", 0, position - len(value)), value
                    begin, depth = position, 0
    incomplete = buffer[begin:].strip(_BETWEEN)
    if incomplete:
        yield line + buffer.count(b"\n", 0, begin), incomplete
