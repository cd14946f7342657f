"""A pod of one's own and a privileged ephemeral container in it take over the node that the pod names.

PodSecurityPolicy ignores the subresources of pods, and so ephemeral containers, and it does not limit the
node of a pod. OpenShift's security context constraints check the container. Where neither applies, a
privileged pod does the same.
Source: plugin/pkg/admission/security/podsecuritypolicy/admission.go shouldIgnore (1.23 and 1.24).
"""

from collections.abc import Iterator

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.references import ESCAPE, POLICIES
from rbacpsp.audit.rules.workloads import EPHEMERAL_CONTAINERS_BEGIN
from rbacpsp.model import Subject, User
from rbacpsp.model.subjects import member_of
from rbacpsp.paths.edges.pods import by_anybody, requesters
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, chosen_node

_CREATE = Permission(("create",), "pods")
_PATCH = Permission(("patch",), "pods")


def _joined(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    subject = held.subject
    if subject is None or facts.version < EPHEMERAL_CONTAINERS_BEGIN:
        return
    for namespace in facts.reached(held.scope):
        container = by_anybody(facts, "container-takes-node", member_of(subject), namespace)
        users = _authors(facts, subject, namespace, held.match.names) if container is not None else ()
        for user in users:
            by = by_anybody(facts, "plain", user, namespace)
            if by is not None:
                reason = f"a privileged container in a pod of its own in namespace {namespace}"
                admitted = "; container admitted ".join(filter(None, (by, container)))
                yield from chosen_node(facts, f"{reason}, pod admitted {admitted}")
                return


def _authors(
    facts: ClusterFacts, subject: Subject, namespace: str, names: tuple[str, ...]
) -> tuple[User, ...]:
    """The requesters of pods that a subject makes in a namespace; with names, only of pods of these names.

    A controller chooses the names of its pods.
    """
    if not names:
        return tuple(requesters(facts, subject, namespace))
    may = facts.view.may
    creates = may(subject, _CREATE, namespace) or any(
        may(subject, _CREATE, namespace, name) and may(subject, _PATCH, namespace, name) for name in names
    )
    return (member_of(subject),) if creates else ()


def _is_asked(facts: ClusterFacts) -> bool:
    return facts.admits.asks_who


TECHNIQUES = (
    Technique(
        name="join-own-pod",
        title="takes over a node by a privileged ephemeral container in a pod of its own",
        condition="update or patch on pods/ephemeralcontainers, from 1.23 on, and permission to create pods "
        "or workloads, in a namespace with the privileged Pod Security level, where PodSecurityPolicies or "
        "security context constraints apply and admit some pod. PodSecurityPolicies do not check the "
        "container, constraints do. The author of the pod chooses its node. With resourceNames, the subject "
        "must be able to create a pod of that name itself.",
        references=(ESCAPE, POLICIES),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        targets=_joined,
        per_subject=_is_asked,
    ),
)
