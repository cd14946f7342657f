"""What log shippers make of a line: an object with the line, or the event itself, under a name of its own."""

from collections.abc import Iterator

from rbacpsp.auditlog.formats.envelope import Envelope, Found, event_in


def found(envelope: Envelope) -> Iterator[Found] | None:
    """The event under `message`, `log` or `_raw`, as Fluent Bit, Vector and Splunk name it."""
    for value in (envelope.message, envelope.log, envelope.splunk_raw):
        if bytes(value):
            return iter((Found(event_in(value)),))
    return None
