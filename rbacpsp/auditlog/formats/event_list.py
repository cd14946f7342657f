"""`EventList` of audit.k8s.io: what a server sends to an audit webhook."""

from collections.abc import Iterator

from rbacpsp.auditlog.formats.envelope import Envelope, EnvelopeItem, events_in, several_in, text_in


def items(envelope: Envelope) -> Iterator[EnvelopeItem] | None:
    """The items of an EventList, or of a plain List of events."""
    if text_in(envelope.kind) not in {"EventList", "List"} or not bytes(envelope.items):
        return None
    return events_in(several_in(envelope.items))
