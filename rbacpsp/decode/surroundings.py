"""Reads the parts of Secrets, ConfigMaps and other objects on which privilege escalation depends.

Nothing is refused: an object of an unexpected form is read as one without those parts.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rbacpsp.decode.doc import Doc, UnreadableJSONError, json_values
from rbacpsp.decode.documents import documents
from rbacpsp.model import Manifest, ObjectMeta
from rbacpsp.model.surroundings import (
    ARGO_CD_PARAMETERS,
    ARGO_CD_SETTINGS,
    IMPERSONATES,
    IMPERSONATION_IS_ENFORCED,
    NAMESPACES_OF_APPLICATION_SETS,
    NAMESPACES_OF_APPLICATIONS,
    SCOPED_CLUSTERS,
    STORAGE_CLASS,
    TOKEN_OF,
    TOKEN_TYPE,
    Surrounding,
)

JSON = Mapping[str, Any]
Doubt = tuple[str, str]
"""What is wrong, and what to do."""

_AWS_AUTH = ("kube-system", "aws-auth")
_OF_ARGO_CD = {
    ARGO_CD_PARAMETERS: (NAMESPACES_OF_APPLICATIONS, NAMESPACES_OF_APPLICATION_SETS),
    ARGO_CD_SETTINGS: (IMPERSONATES, IMPERSONATION_IS_ENFORCED),
}
"""The keys that are kept of the ConfigMaps of Argo CD."""
_PREFIX = "node-role.kubernetes.io/"


class _Names(msgspec.Struct):
    name: str | None = None
    namespace: str | None = None
    annotations: dict[str, Any] | None = None


class _Head(msgspec.Struct):
    """The fields that are read of a Secret, and that tell whether a ConfigMap matters."""

    metadata: _Names | None = None
    type: str | None = None
    immutable: bool | None = None


def surrounding_manifest(
    body: Any, version: str, kind: Surrounding, default_namespace: str
) -> tuple[Manifest | None, list[Doubt]]:
    """The parts of an object that are kept, or None if there are none, and doubts about unreadable parts."""
    doubts: list[Doubt] = []
    try:
        head = (
            msgspec.json.decode(body, type=_Head)
            if isinstance(body, bytes | msgspec.Raw)
            else msgspec.convert(_head_of(body), _Head)
        )
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None, doubts
    names = head.metadata
    if names is None or not names.name:
        return None, doubts
    namespace = (names.namespace or default_namespace) if kind.namespaced else ""
    metadata: dict[str, Any] = {"name": names.name, **({"namespace": namespace} if namespace else {})}
    kept: dict[str, Any] | None
    if kind.kind == "Secret":
        kept = _secret(head, metadata)
    elif kind.kind == "ConfigMap" and not _is_read(namespace, names.name):
        kept = None
    else:
        try:
            values = json_values(body) if isinstance(body, bytes | msgspec.Raw) else body
        except UnreadableJSONError:
            return None, doubts
        kept = _KEEP[kind.kind](values, metadata, doubts)
    if kept is None:
        return None, doubts
    body_kept = {"apiVersion": version, "kind": kind.kind, "metadata": metadata, **kept}
    return Manifest(kind.kind, version, msgspec.convert(metadata, ObjectMeta), body_kept), doubts


def _is_read(namespace: str, name: str) -> bool:
    """Whether a ConfigMap is one of those that matter."""
    return name in _OF_ARGO_CD or (namespace, name) == _AWS_AUTH


def _head_of(body: Any) -> dict[str, Any]:
    metadata = _part(body, "metadata")
    kept = {key: metadata[key] for key in ("name", "namespace", "annotations") if key in metadata}
    fields = ("type", "immutable") if isinstance(body, dict) else ()
    return {"metadata": kept, **{field: body[field] for field in fields if field in body}}


def _secret(head: _Head, metadata: dict[str, Any]) -> dict[str, Any] | None:
    """A Secret with a token: its name, type and service account, and whether its data may never change."""
    annotations = head.metadata.annotations if head.metadata else None
    account = (annotations or {}).get(TOKEN_OF)
    if not isinstance(account, str) or not account or head.type not in {None, "", TOKEN_TYPE}:
        return None
    metadata["annotations"] = {TOKEN_OF: account}
    return {"type": TOKEN_TYPE, **({"immutable": True} if head.immutable else {})}


def _node(body: JSON, metadata: dict[str, Any], _: list[Doubt]) -> dict[str, Any]:
    labels = _part(_part(body, "metadata"), "labels")
    roles = {key: text for key, text in labels.items() if key.startswith(_PREFIX) and isinstance(text, str)}
    metadata["labels"] = roles
    return {}


def _volume(body: JSON, metadata: dict[str, Any], _: list[Doubt]) -> dict[str, Any] | None:
    """A volume that is a folder of a node: how it is mounted, and what decides which claim can get it."""
    spec = _part(body, "spec")
    kept: dict[str, Any] = {
        key: {"path": _text(spec[key], "path")} for key in ("hostPath", "local") if _part(spec, key)
    }
    if not kept:
        return None
    kept |= {key: spec[key] for key, kind in _OF_MOUNTS if isinstance(spec.get(key), kind) and spec[key]}
    claim = _part(spec, "claimRef")
    phase = _text(_part(body, "status"), "phase")
    status = {"status": {"phase": phase}} if phase else {}
    if claim:
        names = {key: _text(claim, key) for key in ("namespace", "name", "uid")}
        kept["claimRef"] = {key: text for key, text in names.items() if text or key != "uid"}
        return {"spec": kept, **status}
    labels = _part(_part(body, "metadata"), "labels")
    kept_labels = {key: text for key, text in labels.items() if isinstance(text, str)}
    metadata |= {"labels": kept_labels} if kept_labels else {}
    metadata |= _class_annotation(body)
    capacity = _part(spec, "capacity").get("storage", 0)
    return {
        "spec": {**kept, **_terms(spec), "capacity": {"storage": str(capacity)}},
        **status,
    }


_OF_MOUNTS = (("nodeAffinity", dict), ("mountOptions", list))


def _claim(body: JSON, metadata: dict[str, Any], _: list[Doubt]) -> dict[str, Any]:
    """A claim: the volume that it is bound to, or what decides which one it can be bound to."""
    spec = _part(body, "spec")
    volume = _text(spec, "volumeName")
    if volume:
        return {"spec": {"volumeName": volume}}
    metadata |= _class_annotation(body)
    request = _part(_part(spec, "resources"), "requests").get("storage", 0)
    selector = {"selector": spec["selector"]} if spec.get("selector") is not None else {}
    return {"spec": {**_terms(spec), **selector, "resources": {"requests": {"storage": str(request)}}}}


def _class_annotation(body: JSON) -> dict[str, Any]:
    annotations = _part(_part(body, "metadata"), "annotations")
    if STORAGE_CLASS not in annotations:
        return {}
    return {"annotations": {STORAGE_CLASS: _text(annotations, STORAGE_CLASS)}}


def _terms(spec: JSON) -> dict[str, Any]:
    """What volumes and claims must have in common."""
    kept: dict[str, Any] = {key: _text(spec, key) for key in ("storageClassName", "volumeMode")}
    modes = spec.get("accessModes")
    kept["accessModes"] = [mode for mode in modes if isinstance(mode, str)] if isinstance(modes, list) else []
    return {key: value for key, value in kept.items() if value}


def _project(body: JSON, _: dict[str, Any], __: list[Doubt]) -> dict[str, Any]:
    spec = _part(body, "spec")
    names = (
        *("destinations", "sourceRepos", "sourceNamespaces", "clusterResourceWhitelist"),
        *("clusterResourceBlacklist", "namespaceResourceWhitelist", "namespaceResourceBlacklist"),
        "destinationServiceAccounts",
    )
    kept: dict[str, Any] = {key: spec[key] for key in names if isinstance(spec.get(key), list)}
    if spec.get(SCOPED_CLUSTERS) is True:
        kept[SCOPED_CLUSTERS] = True
    return {"spec": kept}


def _request(body: JSON, _: dict[str, Any], __: list[Doubt]) -> dict[str, Any]:
    spec, status = _part(body, "spec"), _part(body, "status")
    kept = {key: _text(spec, key) for key in ("request", "signerName", "username")}
    conditions = status.get("conditions")
    condition_types = [
        {"type": condition["type"]}
        for condition in (conditions if isinstance(conditions, list) else ())
        if isinstance(condition, dict) and isinstance(condition.get("type"), str)
    ]
    return {
        "spec": {key: text for key, text in kept.items() if text},
        "status": {"conditions": condition_types},
    }


def _config_map(body: JSON, metadata: dict[str, Any], doubts: list[Doubt]) -> dict[str, Any] | None:
    keys = _OF_ARGO_CD.get(metadata["name"])
    if keys is None:
        return _identities(body, metadata, doubts)
    data = _part(body, "data")
    kept = {key: _text(data, key) for key in keys if _text(data, key)}
    return {"data": kept} if kept else None


def _identities(body: JSON, _: dict[str, Any], doubts: list[Doubt]) -> dict[str, Any] | None:
    """The identities that aws-auth maps, as JSON; the ConfigMap has them as YAML text."""
    kept = {}
    for key in ("mapRoles", "mapUsers"):
        text = _text(_part(body, "data"), key)
        entries = _entries(text)
        if entries is None:
            doubts.append(
                (f"{key} of ConfigMap kube-system/aws-auth is not a list of entries", "fix the ConfigMap")
            )
        elif entries:
            kept[key] = json.dumps(entries, sort_keys=True)
    return {"data": kept} if kept else None


def _entries(text: str) -> list[dict[str, Any]] | None:
    entries: Any = None
    for doc in documents("aws-auth", text.encode("utf-8", "surrogatepass")) if text.strip() else ():
        if not isinstance(doc, Doc) or entries is not None:
            return None
        try:
            entries = json_values(doc.body) if doc.is_json else doc.body
        except UnreadableJSONError:
            return None
    if entries is None:
        return []
    return (
        [_entry(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else None
    )


def _entry(entry: JSON) -> dict[str, Any]:
    groups = entry.get("groups")
    return {
        **{key: _text(entry, key) for key in ("rolearn", "userarn", "username") if _text(entry, key)},
        "groups": [name for name in (groups if isinstance(groups, list) else ()) if isinstance(name, str)],
    }


def _part(value: Any, key: str) -> JSON:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(value: JSON, key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""


_KEEP: dict[str, Callable[[JSON, dict[str, Any], list[Doubt]], dict[str, Any] | None]] = {
    "AppProject": _project,
    "CertificateSigningRequest": _request,
    "ConfigMap": _config_map,
    "Node": _node,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
}
