"""The output of log shippers: an object with the line, or with the event itself, in one of its fields."""

from collections.abc import Iterator

from rbacpsp.auditlog.formats.envelope import Envelope, EnvelopeItem, event_in


def items(envelope: Envelope) -> Iterator[EnvelopeItem] | None:
    """The event under `message`, `log` or `_raw`, as Fluent Bit, Vector and Splunk name it."""
    for value in (envelope.message, envelope.log, envelope.splunk_raw):
        if bytes(value):
            return iter((EnvelopeItem(event_in(value)),))
    return None
