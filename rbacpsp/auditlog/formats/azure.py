"""Azure Monitor, to which AKS sends its audit log: `records`, or one on each line as in storage accounts.

`properties.log` is the event as the API server wrote it. The category `kube-audit-admin` omits get and list.
Source: "Monitoring AKS data reference" and "Azure resource logs common schema" of Microsoft Learn.
"""

from collections.abc import Iterator

from msgspec import Raw, Struct

from rbacpsp.auditlog.formats.envelope import (
    NOTHING,
    Envelope,
    EnvelopeItem,
    event_in,
    part,
    several_in,
    text_in,
)

_CATEGORIES = frozenset({"kube-audit", "kube-audit-admin"})
NO_READS = "kube-audit-admin of AKS has no get and no list: grants that only read always look unused"


class _Properties(Struct, gc=False):
    log: Raw = NOTHING
    pod: str = ""


class _Record(Struct, gc=False):
    category: str = ""
    properties: Raw = NOTHING


def items(envelope: Envelope) -> Iterator[EnvelopeItem] | None:
    """The events of records; other categories are ignored."""
    if bytes(envelope.records):
        return _records(several_in(envelope.records))
    if bytes(envelope.properties) and bytes(envelope.category):
        return _record(text_in(envelope.category), envelope.properties)
    if bytes(envelope.log_s):
        category = text_in(envelope.upper_category) or "kube-audit"
        if category not in _CATEGORIES:
            return iter(())
        return iter((EnvelopeItem(event_in(envelope.log_s), "", _note(category)),))
    return None


def _records(values: list[Raw]) -> Iterator[EnvelopeItem]:
    for value in values:
        record = part(value, _Record)
        if record is None:
            yield EnvelopeItem(None)
        else:
            yield from _record(record.category, record.properties)


def _record(category: str, value: Raw) -> Iterator[EnvelopeItem]:
    if category not in _CATEGORIES:
        return
    properties = part(value, _Properties)
    if properties is None:
        yield EnvelopeItem(None)
    else:
        yield EnvelopeItem(event_in(properties.log), properties.pod, _note(category))


def _note(category: str) -> str:
    return NO_READS if category == "kube-audit-admin" else ""
