"""Builds audit events as the API server writes them."""

import json
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import EventFilter, Record
from rbacpsp.logs import read_logs

JSONObject = dict[str, Any]
_numbers = count(1)
TIME = "2026-11-01T10:00:00.000000Z"


def event(
    verb: str = "get",
    *,
    user: str = "uma",
    groups: Sequence[str] = ("system:authenticated",),
    ref: JSONObject | None = None,
    uri: str = "",
    decision: str = "allow",
    reason: str = "",
    when: str = TIME,
    **fields: Any,
) -> JSONObject:
    """One event; `fields` are added or replace others, and None leaves one out."""
    notes = {"authorization.k8s.io/decision": decision, "authorization.k8s.io/reason": reason}
    result = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": f"00000000-0000-4000-8000-{next(_numbers):012}",
        "stage": "ResponseComplete",
        "requestURI": uri,
        "verb": verb,
        "user": {"username": user, "groups": list(groups)},
        "objectRef": ref,
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": when,
        "stageTimestamp": when,
        "annotations": notes if decision else None,
    } | fields
    return {key: value for key, value in result.items() if value is not None}


def pods(name: str = "", namespace: str = "shop", **fields: Any) -> JSONObject:
    """The objectRef of pods."""
    return (
        {"resource": "pods", "namespace": namespace, "apiVersion": "v1"}
        | ({"name": name} if name else {})
        | fields
    )


def lines(events: Iterable[JSONObject]) -> bytes:
    """Events as a server writes them."""
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in events)


def read(folder: Path, data: bytes, choice: EventFilter | None = None, **more: Any) -> Reader:
    """The record of a log with this content."""
    path = folder / "audit.log"
    path.write_bytes(data)
    return read_logs([path], Record(choice, **more))
