"""PodSecurityPolicies: a subject that may change a policy can make it admit its privileged pods.

This needs update or patch on the policy, and creating pods or workloads. The requester of the pod, or the
pod's service account, must be able to use the policy; a controller requests the pods of workloads. The Pod
Security level of the namespace must be privileged as well.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.policy_facts import RESOURCE
from rbacpsp.audit.references import CIS_PRIVILEGED, ESCAPE, POLICIES
from rbacpsp.model import Subject
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import split_service_account
from rbacpsp.model.subjects import member_of
from rbacpsp.paths.edges.pods import MAKE_PODS, requesters
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import (
    ClusterFacts,
    GrantedPermission,
    ReachedPlace,
    Technique,
    always,
    chosen_node,
)


def _loosened(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject, policies = held.subject, facts.view.objects.policies
    if not facts.admits.by_policies or subject is None:
        return
    names = [name for name in held.match.names or sorted(policies) if name in policies]
    for namespace in facts.where_held(subject, MAKE_PODS):
        how = _used(facts, subject, namespace, names) if facts.admits.level_allows(namespace) else None
        if how is not None:
            yield from chosen_node(facts, f"makes policy {how} in namespace {namespace}")
            return


def _used(facts: ClusterFacts, subject: Subject, namespace: str, names: list[str]) -> str | None:
    """The first of some policies that a pod of the subject can use in a namespace, and through whom."""
    for user in requesters(facts, subject, namespace):
        name = next((name for name in names if facts.admits.may_use(name, user, namespace)), None)
        if name is not None:
            account = split_service_account(user.name)
            if account is None or user == member_of(subject):
                return f"{name} privileged and uses it"
            return f"{name} privileged, which {Place('ServiceAccount', *account).words} may use"
    own = facts.own_policies(namespace)
    name = next((name for name in names if name in own), None)
    if name is None:
        return None
    return f"{name} privileged, which {Place('ServiceAccount', namespace, own[name]).words} may use"


TECHNIQUES = (
    Technique(
        name="loosen-policy",
        title="loosens a policy that its pods may use",
        condition="update or patch on a PodSecurityPolicy, and permission to create pods or workloads in a "
        "namespace with the privileged Pod Security level. The requester of the pod or its service account "
        "must have permission to use that policy; the requester of the pods of a workload is its controller.",
        references=(POLICIES, CIS_PRIVILEGED, ESCAPE),
        permissions=tuple(Permission(CHANGE, RESOURCE, group, namespaced=False) for group in GROUPS),
        also=(MAKE_PODS,),
        targets=_loosened,
        per_subject=always,
    ),
)
