"""Roles and bindings by which whoever may use a policy may use its constraints.

The role is named as `oc adm policy add-scc-to-user` names it, so that it takes whatever is granted later.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.migration.access import Access, Holder
from rbacpsp.model import Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import GROUP as RBAC_GROUP
from rbacpsp.model.request import ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED, MASTERS
from rbacpsp.model.scc import GROUP, RESOURCE

_ROLE = "system:openshift:scc:"
_EVERYONE = tuple(
    Holder("", Subject("Group", name))
    for name in (ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED)
)
"""Everybody who can create a pod; the account of a pod is not in system:authenticated."""


def grants(names: Sequence[str], access: Access, labels: JSONObject) -> Iterator[JSONObject]:
    """A ClusterRole that lets constraints be used, and its bindings; none where nobody has it.

    Members of `system:masters` need no grant.

    Args:
        names: The constraints of one policy; the role is named after the first.
        access: Who may use the policy.
        labels: Those of everything that is written.
    """
    holders = _EVERYONE if access.scope == "all" else access.holders
    name = f"{_ROLE}{names[0]}"
    yield {
        "apiVersion": f"{RBAC_GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels},
        "rules": [
            {"apiGroups": [GROUP], "resources": [RESOURCE], "resourceNames": list(names), "verbs": ["use"]}
        ],
    }
    for namespace in sorted({holder.namespace for holder in holders}):
        subjects = [
            _subject(holder)
            for holder in holders
            if holder.namespace == namespace and _named(holder) and holder.subject.name != MASTERS
        ]
        if subjects:
            yield {
                "apiVersion": f"{RBAC_GROUP}/v1",
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": {
                    "name": name,
                    **({"namespace": namespace} if namespace else {}),
                    "labels": labels,
                },
                "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": name},
                "subjects": subjects,
            }


def _named(holder: Holder) -> bool:
    """Whether the subject is complete: an account without a namespace is nobody outside of a namespace."""
    return holder.subject.kind != "ServiceAccount" or bool(holder.subject.namespace or holder.namespace)


def _subject(holder: Holder) -> JSONObject:
    kind, name = holder.subject.kind, holder.subject.name
    if kind == "ServiceAccount":
        return {"kind": kind, "name": name, "namespace": holder.subject.namespace or holder.namespace}
    return {"apiGroup": RBAC_GROUP, "kind": kind, "name": name}
