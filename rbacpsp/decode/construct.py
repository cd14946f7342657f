"""Converts checked bodies to the objects of the model."""

from typing import Any, cast

import msgspec

from rbacpsp.model import AnyObject, Manifest, ObjectMeta
from rbacpsp.model.kinds import KINDS
from rbacpsp.model.scc import GROUP, SecurityContextConstraints

CLASSES = {kind.name: kind.type for kind in KINDS if kind.type is not None}
"""The struct of each kind that is decoded to one."""


def convert_body(body: dict[str, Any], version: str, kind: str) -> AnyObject:
    """Convert a body of a kind that is kept to its object.

    Raises:
        msgspec.ValidationError: A field has the wrong type.
    """
    cls = CLASSES.get(kind)
    if cls is None:
        return Manifest(kind, version, msgspec.convert(body["metadata"], ObjectMeta), body)
    if cls is SecurityContextConstraints:
        body["apiVersion"] = f"{GROUP}/v1"  # OpenShift 3 serves the same object in the core group, too
    if version.endswith("v1alpha1") and "subjects" in body:
        body["subjects"] = [_alpha_subject(subject) for subject in body["subjects"]]
    return cast("AnyObject", msgspec.convert(body, cls))


def _alpha_subject(subject: dict[str, Any]) -> dict[str, Any]:
    """A subject of rbac v1alpha1, which has an apiVersion and knows the user `*`.

    Source: pkg/apis/rbac/v1alpha1/conversion.go, 1.24.
    """
    group, kind = subject.get("apiVersion", "").rpartition("/")[0], subject.get("kind", "")
    rest = {key: value for key, value in subject.items() if key != "apiVersion"}
    if kind == "ServiceAccount":
        return {**rest, "apiGroup": ""}
    if kind == "User" and subject.get("name") == "*":
        return {**rest, "kind": "Group", "name": "system:authenticated", "apiGroup": ""}
    return {**rest, "apiGroup": "" if kind in {"User", "Group"} else group}
