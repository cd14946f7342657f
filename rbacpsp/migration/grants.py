"""A ClusterRole and the bindings that grant it."""

from collections.abc import Iterable, Iterator

from rbacpsp.migration.access import PolicyHolder
from rbacpsp.migration.labels import LABELS
from rbacpsp.model import Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import GROUP
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED, MASTERS

EVERYONE = tuple(
    PolicyHolder("", Subject("Group", name))
    for name in (ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED)
)
"""Everybody who can create a pod; the account of a pod is not in system:authenticated."""


def role_and_bindings(name: str, rule: JSONObject, holders: Iterable[PolicyHolder]) -> Iterator[JSONObject]:
    """A ClusterRole of one rule, and a binding for each namespace, or the whole cluster, that has holders.

    Members of `system:masters` need no grant.
    """
    yield {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": dict(LABELS)},
        "rules": [rule],
    }
    complete = [holder for holder in holders if _named(holder) and holder.subject.name != MASTERS]
    for namespace in sorted({holder.namespace for holder in complete}):
        metadata = {"namespace": namespace} if namespace else {}
        yield {
            "apiVersion": f"{GROUP}/v1",
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": name, **metadata, "labels": dict(LABELS)},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
            "subjects": [_subject(holder) for holder in complete if holder.namespace == namespace],
        }


def _named(holder: PolicyHolder) -> bool:
    """Whether a binding can name the subject: a service account needs a namespace."""
    return holder.subject.kind != "ServiceAccount" or bool(holder.subject.namespace or holder.namespace)


def _subject(holder: PolicyHolder) -> JSONObject:
    kind, name = holder.subject.kind, holder.subject.name
    if kind == "ServiceAccount":
        return {"kind": kind, "name": name, "namespace": holder.subject.namespace or holder.namespace}
    return {"apiGroup": GROUP, "kind": kind, "name": name}
