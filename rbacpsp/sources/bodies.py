"""Reads the bodies of responses in small pieces, so that little data never becomes much at once.

Only gzip is unpacked: no other encoding is requested, and Go's net/http, on which kubectl is built, unpacks
no other one.
"""

import zlib
from collections.abc import Iterator
from typing import Any

from urllib3.exceptions import DecodeError

_RECEIVED_PIECE = 1 << 16
_UNPACKED_PIECE = 1 << 20
_GZIP = frozenset({"gzip", "x-gzip"})
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS


def encoding(response: Any) -> str:
    """The Content-Encoding of a response, in lower case; empty without one."""
    name = str(response.headers.get("Content-Encoding") or "").strip().lower()
    return "" if name == "identity" else name


def body_pieces(response: Any) -> Iterator[bytes]:
    """The body of a response as it comes, each piece at most a megabyte.

    Raises:
        urllib3.exceptions.HTTPError: The connection broke, or the gzip data is damaged or ends early.
    """
    received = iter(lambda: response.read1(_RECEIVED_PIECE, decode_content=False), b"")
    return _unpacked(received) if encoding(response) in _GZIP else received


def _unpacked(received: Iterator[bytes]) -> Iterator[bytes]:
    """The content of gzip data, which may have several members."""
    member = None
    for data in received:
        rest = data
        while rest:
            if member is None:
                member = zlib.decompressobj(_WITH_GZIP_HEADER)
            try:
                yield member.decompress(rest, _UNPACKED_PIECE)
            except zlib.error:
                raise DecodeError("its gzip data is damaged") from None
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data, None
    if member is not None:
        raise DecodeError("its gzip data ends early")
