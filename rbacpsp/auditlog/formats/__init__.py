"""What events come wrapped in: one format a file, each a function that finds the events in an envelope."""

from collections.abc import Callable, Iterator

from rbacpsp.auditlog.formats import azure, cloudwatch, event_list, google, shipped
from rbacpsp.auditlog.formats.envelope import Envelope, Found

FORMATS: tuple[Callable[[Envelope], Iterator[Found] | None], ...] = (
    event_list.found,
    cloudwatch.found,
    azure.found,
    google.found,
    shipped.found,
)
"""Asked in this order; the first that knows an envelope opens it."""

__all__ = ["FORMATS", "Envelope", "Found"]
