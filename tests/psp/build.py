"""Builds small clusters for the tests of policies."""

from typing import Any

import msgspec

from rbacpsp import testing
from rbacpsp.model import (
    Document,
    Objects,
    PodSecurityPolicy,
    Role,
    RoleBinding,
    ServiceAccount,
    User,
    Version,
)
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.model.version import V1_24
from rbacpsp.psp import Admission, Admitter
from rbacpsp.rbac import Authorizer

JSON = dict[str, Any]

ALICE = User("alice", ("system:authenticated",))


def policy_struct(
    name: str = "p", annotations: dict[str, str] | None = None, **spec: Any
) -> PodSecurityPolicy:
    text = msgspec.json.encode(testing.policy(name, annotations, **spec))
    return msgspec.json.decode(text, type=PodSecurityPolicy)


def pod_without_token(
    container: JSON | None = None, annotations: dict[str, str] | None = None, **spec: Any
) -> JSON:
    """A pod of one container, without a token; `container` adds to the container."""
    made: JSON = {
        "metadata": {"name": "web", "annotations": annotations or {}},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": "c", "image": "app:1", **(container or {})}],
            **spec,
        },
    }
    read: JSON = msgspec.json.decode(msgspec.json.encode(made))
    return read


def objects(*policies: PodSecurityPolicy, usable: dict[str, list[JSON]] | None = None) -> Objects:
    """Policies, and who may use which in the namespace `default`: everyone all of them unless told."""
    result = Objects()
    document = Document("test")
    everyone: list[JSON] = [{"kind": "Group", "name": "system:authenticated"}]
    for one in policies:
        result.add(one, document)
        subjects = everyone if usable is None else usable.get(one.name, [])
        meta = {"name": one.name, "namespace": "default"}
        rule = {
            "verbs": ["use"],
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": [one.name],
        }
        result.add(msgspec.convert({"metadata": meta, "rules": [rule]}, Role), document)
        binding = {"metadata": meta, "roleRef": {"kind": "Role", "name": one.name}, "subjects": subjects}
        result.add(msgspec.convert(binding, RoleBinding), document)
    return result


def account(name: str = "default", namespace: str = "default", **fields: Any) -> ServiceAccount:
    return msgspec.convert({"metadata": {"name": name, "namespace": namespace}, **fields}, ServiceAccount)


def admit(
    submitted: JSON,
    *policies: PodSecurityPolicy,
    usable: dict[str, list[JSON]] | None = None,
    version: Version = V1_24,
    user: User | None = ALICE,
    **options: Any,
) -> Admission:
    cluster = objects(*policies, usable=usable)
    return Admitter(cluster, Authorizer(cluster), version).admit(
        submitted, AdmissionRequest(user=user, **options)
    )
