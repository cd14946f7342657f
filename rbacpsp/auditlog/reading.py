"""Reads events from log files: JSON lines quickly, everything else value by value."""

from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec
from msgspec import Raw, Struct

from rbacpsp.auditlog.event import Event
from rbacpsp.auditlog.formats import FORMATS, Envelope, EnvelopeItem
from rbacpsp.auditlog.formats.envelope import event_in
from rbacpsp.auditlog.record import Record
from rbacpsp.auditlog.values import split_values

SHOWN = 20
"""The maximum of damaged lines that are named; all are counted."""
_PROBED = 5
"""A file does not consist of JSON lines if this many lines at its beginning are damaged."""
_LONGEST = 1 << 28
"""A line with more bytes counts as damaged."""
_EVENT = msgspec.json.Decoder(Event)
_ENVELOPE = msgspec.json.Decoder(Envelope)
_RAWS = msgspec.json.Decoder(list[Raw])
_BOM = b"\xef\xbb\xbf"


class Damaged(Struct, frozen=True):
    """A part of a log that is not an event."""

    file: str
    line: int
    """From 1; the first line of a value over several lines; 0 if the file itself is damaged."""
    why: str


class Reader:
    """Reads log files into a record."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.damaged = 0
        self.places: list[Damaged] = []
        """The first damaged parts."""
        self.notes: dict[str, None] = {}
        """Sentences about data that the logs lack."""
        self._file = ""
        self._server = ""

    def read(self, file: str, server: str, chunks: Iterable[bytes]) -> None:
        """Read one file.

        Args:
            file: Its name, for messages about damaged parts.
            server: The server that wrote it, unless its events name it.
            chunks: Its content, unpacked.
        """
        self._file, self._server = file, server
        remaining = iter(chunks)
        head = _head(remaining)
        chunks = chain([head.removeprefix(_BOM)], remaining)
        if _is_lines(head):
            self._lines(chunks)
        else:
            for line, value in split_values(chunks):
                self._value(value, line)

    def add_damaged(self, line: int, why: str) -> None:
        """Count a part that is not an event."""
        self.damaged += 1
        if len(self.places) < SHOWN:
            self.places.append(Damaged(self._file, line, why))

    def _lines(self, chunks: Iterable[bytes]) -> None:
        number = 1
        incomplete_line: list[bytes] = []
        size = 0
        for piece in chunks:
            end = piece.rfind(b"\n") + 1
            if not end:
                incomplete_line.append(piece)
                size += len(piece)
                if size > _LONGEST:
                    incomplete_line = [b"{"]  # not JSON, so that the line counts as damaged
                continue
            block = b"".join((*incomplete_line, piece[:end]))
            incomplete_line, size = [piece[end:]], len(piece) - end
            self._block(block, number)
            number += block.count(b"\n")
        self._block(b"".join(incomplete_line), number)

    def _block(self, block: bytes, number: int) -> None:
        try:
            events = _EVENT.decode_lines(block)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            for line in block.split(b"\n"):
                if text := line.strip():
                    self._value(text, number)
                number += 1
        else:
            self.record.take(events, self._server)

    def _value(self, value: bytes, line: int) -> None:
        event = event_in(value)
        if event is not None:
            self.record.take((event,), self._server)
            return
        for item in _items_in(value):
            if item.note:
                self.notes[item.note] = None
            if item.event is None:
                self.add_damaged(line, _why(value))
            else:
                self.record.take((item.event,), item.server or self._server)


def _head(chunks: Iterator[bytes]) -> bytes:
    """The beginning of a file: its first part that is not blank."""
    return next((piece for piece in chunks if piece.strip()), b"")


def _is_lines(head: bytes) -> bool:
    """Whether a file has one JSON object on each line, as its first lines show."""
    lines = [line for line in head.lstrip().split(b"\n", _PROBED)[:_PROBED] if line.strip()]
    if any(_is_object(line) for line in lines):
        return True
    return not head.lstrip().startswith((b"{", b"[")) or b'\n{"' in head[: 1 << 16]


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict[str, Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _items_in(value: bytes) -> Iterator[EnvelopeItem]:
    """The items in a JSON value that is not an event itself; at least one, which may be damaged."""
    try:
        if value.startswith(b"["):
            values = _RAWS.decode(value)
            for member in values:
                event = event_in(member)
                yield from (EnvelopeItem(event),) if event else _items_in(bytes(member))
            if not values:
                yield EnvelopeItem(None)
            return
        envelope = _ENVELOPE.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield EnvelopeItem(None)
        return
    for open_format in FORMATS:
        items = open_format(envelope)
        if items is not None:
            yield from items
            return
    yield EnvelopeItem(None)


def _why(value: bytes) -> str:
    """A short reason why a value is not an event."""
    try:
        msgspec.json.decode(value, type=Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "this is not JSON, or it was cut short"
    return "this is not an event of audit.k8s.io/v1"
