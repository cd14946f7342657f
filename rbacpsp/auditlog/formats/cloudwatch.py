"""CloudWatch, to which EKS sends its audit log: the output of `filter-log-events`, subscriptions and queries.

A subscription to Firehose writes objects with `logEvents` to S3, one after the other without line ends;
`aws logs filter-log-events` and `get-log-events` print `events`, and `aws logs get-query-results` prints
`results`, whose fields are `@message` and `@logStream`. The message is the event as the API server wrote it.
Source: the CloudWatch Logs API reference and user guide, "Real-time processing of log data with
subscriptions".
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

_AUDIT_STREAM = "kube-apiserver-audit"
_OTHER_STREAMS = ("authenticator-", "kube-apiserver-", "kube-controller-manager-", "kube-scheduler-")


class _LogEvent(Struct, gc=False, rename="camel"):
    message: Raw = NOTHING
    log_stream_name: str = ""


class _Field(Struct, gc=False):
    field: str = ""
    value: str = ""


def items(envelope: Envelope) -> Iterator[EnvelopeItem] | None:
    """The messages of a batch; other streams of the same log group are ignored."""
    if bytes(envelope.log_events):
        return _messages(several_in(envelope.log_events), text_in(envelope.log_stream))
    if bytes(envelope.events):
        return _messages(several_in(envelope.events), "")
    if bytes(envelope.results):
        return _rows(several_in(envelope.results))
    if bytes(envelope.at_message):
        stream = text_in(envelope.at_log_stream)
        return iter(() if _is_other(stream) else (EnvelopeItem(event_in(envelope.at_message), stream),))
    return None


def _is_other(stream: str) -> bool:
    return stream.startswith(_OTHER_STREAMS) and not stream.startswith(_AUDIT_STREAM)


def _messages(values: list[Raw], stream: str) -> Iterator[EnvelopeItem]:
    for value in values:
        log_event = part(value, _LogEvent)
        server = stream or (log_event.log_stream_name if log_event else "")
        if log_event is None:
            yield EnvelopeItem(None, server)
        elif not _is_other(server) and not _is_control(log_event.message):
            yield EnvelopeItem(event_in(log_event.message), server)


def _is_control(message: Raw) -> bool:
    """Whether CloudWatch only tests the subscription."""
    return bytes(message).startswith(b'"CWL CONTROL MESSAGE')


def _rows(values: list[Raw]) -> Iterator[EnvelopeItem]:
    for value in values:
        fields = {field.field: field.value for field in part(value, list[_Field]) or ()}
        stream = fields.get("@logStream", "")
        if not _is_other(stream):
            yield EnvelopeItem(event_in(fields.get("@message", "")), stream)
