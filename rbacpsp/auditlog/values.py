"""JSON values that stand one behind the other, over many lines or without a line end between them."""

import re
from collections.abc import Iterable, Iterator

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_OPEN = frozenset((b"{", b"["))
_CLOSE = frozenset((b"}", b"]"))
_BETWEEN = b" \t\r\n,"


def split_values(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The objects and lists of a stream, each with the number of the line on which it begins.

    What follows the last whole one is given as well: it is damaged.
    """
    buffer = b""
    place = begin = depth = 0
    line = 1
    for piece in pieces:
        line += buffer.count(b"\n", 0, begin)
        buffer = buffer[begin:] + piece
        place -= begin
        begin = 0
        while found := _TOKEN.search(buffer, place):
            if buffer.find(b'"', place, found.start()) >= 0:
                break  # a text begins before this token, and ends in a later piece
            place = found.end()
            if found[0] in _OPEN:
                depth += 1
            elif found[0] in _CLOSE:
                depth -= 1
                if depth <= 0:
                    value = buffer[begin:place].lstrip(_BETWEEN)
                    yield line + buffer.count(b"\n", 0, place - len(value)), value
                    begin, depth = place, 0
    rest = buffer[begin:].strip(_BETWEEN)
    if rest:
        yield line + buffer.count(b"\n", 0, begin), rest
