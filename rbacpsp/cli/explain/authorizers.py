"""Explains a 403 answer to which another authorizer than RBAC added a reason.

Sources: plugin/pkg/auth/authorizer/node/node_authorizer.go and
apiserver/plugin/pkg/authorizer/webhook/webhook.go (1.24 and 1.37); the documentation of GKE and AKS.
"""

import re
from typing import NamedTuple


class KnownAuthorizer(NamedTuple):
    """An authorizer, and the pattern of its messages."""

    name: str
    pattern: re.Pattern[str]
    means: str


AUTHORIZERS = (
    KnownAuthorizer(
        "the Node authorizer",
        re.compile(r"no relationship found between node '?\"?(?P<node>[^'\" ]*)'?\"? and this object"),
        "no pod that is bound to node {node} refers to this object: a kubelet may read only what its "
        "own pods need. This is normal for a moment after a pod was deleted or moved; otherwise find "
        "out which pod needs the object",
    ),
    KnownAuthorizer(
        "the Node authorizer",
        re.compile(
            r"(?P<node>(?:can only|cannot|unknown node|node '?\"?[^ ]* cannot|no corresponding)[^\n]*|"
            r"[^\n]*only (?:get|list|watch)[^\n]* (?:of type|individual)[^\n]*)"
        ),
        "a kubelet made a request that kubelets may not make: {node}",
    ),
    KnownAuthorizer(
        "GKE's IAM",
        re.compile(
            r"[Rr]equire[sd] (?:one of )?\[?\"?(?P<permission>[\w.]*container\.[\w.]+)\"?\]? permission"
        ),
        "neither RBAC nor Google Cloud's IAM allows it: a role of the cluster does, or the permission "
        "{permission} in IAM (for example through roles/container.developer)",
    ),
    KnownAuthorizer(
        "GKE's managed namespaces",
        re.compile(r"GKE ?Warden authz|GKEAutopilot authz|managed-namespaces-limitation"),
        "GKE forbids it in namespaces that it manages, whatever roles exist",
    ),
    KnownAuthorizer(
        "Azure",
        re.compile(r"[^\n]*\bAzure\b[^\n]*"),
        "neither RBAC nor Azure's role assignments allow it: a role of the cluster does, or an assignment in "
        "Azure (for example Azure Kubernetes Service RBAC Reader)",
    ),
    KnownAuthorizer(
        "an older RBAC authorizer",
        re.compile(r"no RBAC policy matched|[Nn]o policy matched"),
        "no rule of any role allowed it, and no other authorizer did",
    ),
)


def other_authorizer(reason: str) -> tuple[str, str] | None:
    """The authorizer that gives a reason, and what the reason means; None for RBAC, or without a reason."""
    if not reason or re.match(r"(?:rbac: )?RBAC: ", reason):
        return None
    for authorizer in AUTHORIZERS:
        match = authorizer.pattern.search(reason)
        if match:
            values = {key: value or "" for key, value in match.groupdict().items()}
            return authorizer.name, authorizer.means.format_map(values)
    return (
        "another authorizer",
        f"the end of the message is not from RBAC but from another authorizer, such as a webhook: {reason}",
    )


def missing_roles(reason: str) -> tuple[tuple[str, str], ...]:
    """The (kind, name) of the roles that do not exist, according to a reason."""
    match = re.findall(
        r'(clusterrole|role)s?\.rbac\.authorization\.k8s\.io "((?:[^"\\]|\\.)*)" not found', reason
    )
    kinds = {"clusterrole": "ClusterRole", "role": "Role"}
    return tuple(dict.fromkeys((kinds[kind], name) for kind, name in match))
