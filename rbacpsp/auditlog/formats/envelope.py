"""Decodes the JSON objects in which clouds and log shippers send events."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, field

from rbacpsp.auditlog.event import Event

NOTHING = Raw(b"")
_EVENT = msgspec.json.Decoder(Event)
_TEXT = msgspec.json.Decoder(str)
_RAWS = msgspec.json.Decoder(list[Raw])

T = TypeVar("T")


class Envelope(Struct, gc=False, rename="camel"):
    """An object that may contain events; its fields identify its format."""

    kind: Raw = NOTHING
    items: Raw = NOTHING
    log_events: Raw = NOTHING
    log_stream: Raw = NOTHING
    events: Raw = NOTHING
    results: Raw = NOTHING
    records: Raw = NOTHING
    category: Raw = NOTHING
    properties: Raw = NOTHING
    proto_payload: Raw = NOTHING
    labels: Raw = NOTHING
    operation: Raw = NOTHING
    insert_id: Raw = NOTHING
    timestamp: Raw = NOTHING
    message: Raw = NOTHING
    log: Raw = NOTHING
    log_stream_name: Raw = NOTHING
    at_message: Raw = field(default=NOTHING, name="@message")
    at_log_stream: Raw = field(default=NOTHING, name="@logStream")
    log_s: Raw = field(default=NOTHING, name="log_s")
    splunk_raw: Raw = field(default=NOTHING, name="_raw")
    upper_category: Raw = field(default=NOTHING, name="Category")


class EnvelopeItem(Struct, frozen=True, gc=False):
    """An item of an envelope: an event, or something else."""

    event: Event | None
    server: str = ""
    """The server that wrote it, if the envelope names it."""
    note: str = ""
    """A sentence about data that logs of this format lack."""


def event_in(value: Raw | str | bytes) -> Event | None:
    """The event that a JSON value, or a string in JSON, contains; None if it is not an event."""
    try:
        if isinstance(value, Raw) and bytes(value).lstrip()[:1] == b'"':
            return _EVENT.decode(_TEXT.decode(value))
        return _EVENT.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def text_in(value: Raw) -> str:
    """A string; empty if the value is absent or not a string."""
    return part(value, str) or ""


def part(value: Raw, kind: type[T]) -> T | None:
    """A value of a type; None if it is absent or has another type."""
    if not bytes(value):
        return None
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def several_in(value: Raw) -> list[Raw]:
    """The members of a list, not decoded."""
    try:
        return _RAWS.decode(value) if bytes(value) else []
    except msgspec.MsgspecError:
        return []


def events_in(values: list[Raw], server: str = "", note: str = "") -> Iterator[EnvelopeItem]:
    """The events of a list."""
    return (EnvelopeItem(event_in(value), server, note) for value in values)
