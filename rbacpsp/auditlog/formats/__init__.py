"""The formats in which clouds and log shippers wrap audit events, each in a module."""

from collections.abc import Callable, Iterator

from rbacpsp.auditlog.formats import azure, cloudwatch, event_list, google, shipped
from rbacpsp.auditlog.formats.envelope import Envelope, EnvelopeItem

FORMATS: tuple[Callable[[Envelope], Iterator[EnvelopeItem] | None], ...] = (
    event_list.items,
    cloudwatch.items,
    azure.items,
    google.items,
    shipped.items,
)
"""Tried in this order; the first that recognizes an envelope reads it."""

__all__ = ["FORMATS", "Envelope", "EnvelopeItem"]
