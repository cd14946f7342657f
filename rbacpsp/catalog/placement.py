"""Whether the server checks a permission in a namespace or at the cluster scope.

A RoleBinding grants only what is checked in its namespace. The server takes the namespace from the URL
(apiserver/pkg/endpoints/request/requestinfo.go, 1.24): the URL of a cluster-scoped resource has none. The
exceptions are one Namespace object, whose URL is `/namespaces/NAME`, and a few verbs that the server checks
itself, in the namespace of another object.
"""

from collections.abc import Iterable
from dataclasses import replace

from rbacpsp.catalog.resource import Resource
from rbacpsp.model import Request

POLICIES = "podsecuritypolicies"

ASKED_IN_NAMESPACES: frozenset[tuple[str, str, str]] = frozenset(
    {
        ("use", "policy", POLICIES),
        ("use", "extensions", POLICIES),
        ("use", "security.openshift.io", "securitycontextconstraints"),
        ("bind", "rbac.authorization.k8s.io", "clusterroles"),
    }
)
"""(verb, group, resource) of permissions on cluster-scoped resources that are checked in a namespace.

`use` of a policy is checked in the pod's namespace, `bind` of a ClusterRole in the RoleBinding's. Sources:
plugin/pkg/admission/security/podsecuritypolicy/admission.go, pkg/registry/rbac/escalation_check.go
BindingAuthorized (1.24).
"""

COLLECTIONS = frozenset({"list", "watch", "create", "deletecollection"})
"""Verbs whose URL ends with the resource and names no object; a field selector in the query may name one."""


SIGNER_VERBS = frozenset({"approve", "attest", "sign"})
"""The verbs on signers."""

NAMELESS = frozenset({"create", "deletecollection"})
"""Verbs whose request for a whole resource carries no name; a subresource is always one of a named object.

A creation by server-side apply or by update is authorized with the name, but it needs patch or update first.
`list` and `watch` are not listed, since a field selector on metadata.name names an object.
Sources: apiserver/pkg/endpoints/request/requestinfo.go, handlers/update.go withAuthorization (1.24).
"""


def carries_no_name(request: Request) -> bool:
    """Whether requests with a verb name no object, so that no rule with resourceNames matches them."""
    return request.path is None and not request.subresource and request.verb in NAMELESS


def is_namespaces(group: str, resource: str) -> bool:
    """Whether it is the resource of Namespace objects."""
    return group == "" and resource == "namespaces"


def as_sent(request: Request, *, namespaced: bool) -> Request:
    """The request as a client sends it: without a namespace for a cluster-scoped resource.

    Args:
        request: With the namespace that the user meant.
        namespaced: Whether the resource is namespaced.
    """
    permission = (request.verb, request.group, request.resource)
    if request.path is not None or namespaced or permission in ASKED_IN_NAMESPACES:
        return request
    is_one_namespace = is_namespaces(request.group, request.resource) and (
        request.subresource != "" or request.verb not in COLLECTIONS
    )
    return replace(request, namespace=request.name if is_one_namespace else "")


def names_within(
    permission: tuple[str, str, str, str], names: tuple[str, ...], namespace: str, resource: Resource | None
) -> tuple[str, ...] | None:
    """The names to which a RoleBinding limits a permission; None: it does not grant the permission.

    Args:
        permission: The group, resource, subresource and verb.
        names: The resourceNames of the rule; none: all.
        namespace: That of the RoleBinding.
        resource: The resource; None: unknown, and assumed to be namespaced.
    """
    group, plural, subresource, verb = permission
    if resource is None or resource.namespaced or (verb, group, plural) in ASKED_IN_NAMESPACES:
        return names
    if not is_namespaces(group, plural) or (not subresource and verb in COLLECTIONS):
        return None
    return (namespace,) if not names or namespace in names else None


def alternatives(request: Request) -> tuple[Request, ...]:
    """The requests that the server authorizes one after the other, any of which is enough.

    A signer can also be granted as `DOMAIN/*`, which is a literal name and not a pattern.
    Source: plugin/pkg/admission/certificates/util.go IsAuthorizedForSignerName (1.24).
    """
    signer = (request.group, request.resource) == ("certificates.k8s.io", "signers")
    if not signer or not request.name or request.verb not in SIGNER_VERBS:
        return (request,)
    domain = request.name.partition("/")[0]
    return tuple(dict.fromkeys((request, replace(request, name=f"{domain}/*"))))


def by_group_resource(resources: Iterable[Resource]) -> dict[tuple[str, str], Resource]:
    """Resources by group and name, the first of each; subresources are left out."""
    resources_by_name: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        resources_by_name.setdefault((resource.group, resource.name), resource)
    return resources_by_name
