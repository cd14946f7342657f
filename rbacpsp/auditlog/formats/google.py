"""Cloud Logging, to which GKE sends its audit log in its own format, without groups.

`resourceName` is the URL of the object without its prefix, `methodName` ends with the verb, and the labels
have the decision and its reason. Source: "GKE audit logging information" and the AuditLog and LogEntry
references of Google Cloud.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct, field

from rbacpsp.auditlog.event import COMPLETE, STARTED, Actor, Annotations, Event, ObjectRef
from rbacpsp.auditlog.formats.envelope import Envelope, EnvelopeItem, part, text_in
from rbacpsp.model import User

NO_GROUPS = (
    "Cloud Logging of GKE has no groups: users are assumed to be only in system:authenticated, and service "
    "accounts in their own groups"
)
_METHOD = "io.k8s."
_NAMESPACE_PARTS = frozenset({"status", "finalize"})
_CORE = "core"


class _Principal(Struct, gc=False, rename="camel"):
    principal_email: str = ""


class _Authorization(Struct, gc=False):
    granted: bool = False


class _Payload(Struct, gc=False, rename="camel"):
    method_name: str = ""
    resource_name: str = ""
    authentication_info: _Principal | None = None
    authorization_info: tuple[_Authorization, ...] = ()


class _Labels(Struct, gc=False):
    decision: str = field(default="", name="authorization.k8s.io/decision")
    reason: str = field(default="", name="authorization.k8s.io/reason")


class _Operation(Struct, gc=False):
    id: str = ""
    first: bool = False
    last: bool = False


def items(envelope: Envelope) -> Iterator[EnvelopeItem] | None:
    """The event that a log entry describes."""
    if not bytes(envelope.proto_payload):
        return None
    payload = part(envelope.proto_payload, _Payload)
    if payload is None or "k8s" not in payload.method_name:
        return iter((EnvelopeItem(None),))
    return iter((EnvelopeItem(_event(envelope, payload), "", NO_GROUPS),))


def _event(envelope: Envelope, payload: _Payload) -> Event:
    labels = part(envelope.labels, _Labels) or _Labels()
    operation = part(envelope.operation, _Operation) or _Operation()
    info = payload.authorization_info
    granted = (
        "" if not info else "allow" if all(authorization.granted for authorization in info) else "forbid"
    )
    name = payload.authentication_info.principal_email if payload.authentication_info else ""
    who = User.impersonate(name)
    ref = _object(payload.resource_name) if payload.method_name.count(".") > _METHOD.count(".") else None
    return Event(
        kind="Event",
        api_version="audit.k8s.io/v1",
        audit_id=operation.id or text_in(envelope.insert_id),
        stage=STARTED if operation.first and not operation.last else COMPLETE,
        verb=payload.method_name.rpartition(".")[2],
        request_uri="" if ref else f"/{payload.resource_name.lstrip('/')}",
        user=Raw(msgspec.json.encode(Actor(who.name, who.groups))),
        object_ref=ref,
        annotations=Annotations(decision=labels.decision or granted, reason=labels.reason),
        request_received_timestamp=text_in(envelope.timestamp),
    )


def _object(text: str) -> ObjectRef:
    """The object of `core/v1/namespaces/default/pods/web/log`, read as the server reads the path of a URL."""
    group, _, path = text.partition("/")
    parts = path.split("/")[1:]
    namespace = ""
    if parts[:1] == ["namespaces"] and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_PARTS:
            parts = parts[2:]
    resource, name, subresource = (*parts[:3], "", "", "")[:3]
    return ObjectRef(resource, namespace, name, "" if group == _CORE else group, subresource)
