"""Reads the head of a response as Go's net/http does, on which kubectl is built.

Python ends a header at a line that it does not understand, and drops the lines behind it, among which lengths
and encodings may be; Go refuses such a header. Of the informational responses (1xx) before an answer Python
skips only 100, and Go skips all but 101, which ends a request.

Source: net/http/transport.go and transfer.go, net/textproto/reader.go, Go 1.26.
"""

import re
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any

_LINE = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:|[ \t])[\t\x20-\x7e\x80-\xff]*\r?\n")
"""A line of a header: a field, or more of the value of the field before."""
_ENDS = frozenset({b"\r\n", b"\n"})
_MOST_BYTES = 10 << 20
"""The size of all heads before an answer; Go's default of MaxResponseHeaderBytes."""
_LONGEST = 1 << 63
_SWITCHING_PROTOCOLS = 101


def read_heads_as_go(manager: Any) -> Any:
    """A PoolManager of urllib3 whose connections read the heads of responses as Go does."""
    manager.pool_classes_by_scheme = {
        scheme: _with_strict_heads(pool) for scheme, pool in manager.pool_classes_by_scheme.items()
    }
    return manager


def _with_strict_heads(pool: Any) -> Any:
    connection = type(pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"response_class": _Response})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _Response(HTTPResponse):
    """A response whose head is valid for Go."""

    def begin(self) -> None:
        """Read the head.

        Raises:
            HTTPException: The connection ended within it, or Go would refuse it.
        """
        stream = self.fp
        lines = _Lines(stream)
        self.fp = lines  # type: ignore[assignment] # it has what is needed to read lines
        try:
            super().begin()
            while 100 <= self.status < 200 and self.status != _SWITCHING_PROTOCOLS:
                self.headers = self.msg = None  # type: ignore[assignment] # as before the first response
                super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        lines.check()
        _check_length(self.headers.get_all("Content-Length", []))
        _check_encoding(self.headers.get_all("Transfer-Encoding", []))


class _Lines:
    """Reads lines, and keeps those of headers."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._size = 0
        self._lines: list[bytes] = []

    def readline(self, limit: int = -1) -> bytes:
        """The next line."""
        line: bytes = self._stream.readline(limit)
        self._size += len(line)
        if self._size > _MOST_BYTES:
            raise HTTPException("the header is too large")
        self._lines.append(line)
        return line

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def check(self) -> None:
        """Check the header of each response, which follows the line of its status.

        Raises:
            HTTPException: A header ends early, or has a line that is not valid.
        """
        is_status = True
        for line in self._lines:
            if is_status or line in _ENDS:
                is_status = line in _ENDS
            elif not line.endswith(b"\n"):
                raise IncompleteRead(line)
            elif not _LINE.fullmatch(line):
                raise HTTPException("a line of the header is not valid")


def _check_length(values: list[str]) -> None:
    lengths = {value.strip(" \t") for value in values}
    if len(lengths) > 1 or not all(
        length.isascii() and length.isdigit() and int(length) < _LONGEST for length in lengths
    ):
        raise HTTPException("the length of the body is not valid")


def _check_encoding(values: list[str]) -> None:
    if values and [value.lower() for value in values] != ["chunked"]:
        raise HTTPException("the encoding of the transfer is not known")
