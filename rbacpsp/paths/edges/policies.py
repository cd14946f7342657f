"""PodSecurityPolicies: a subject that may change a policy and use it can make it admit privileged pods.

This needs update or patch on the policy, and creating pods: the holder must be able to use the changed
policy. The Pod Security level of the namespace must be privileged as well.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.policy_facts import RESOURCE, USE
from rbacpsp.audit.references import CIS_PRIVILEGED, ESCAPE, POLICIES
from rbacpsp.model.psp import GROUPS
from rbacpsp.paths.edges.pods import MAKE_PODS
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, chosen_node


def _always(_: ClusterFacts) -> bool:
    return True


def _loosened(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    if not facts.admits.by_policies or held.subject is None:
        return
    names = held.match.names or tuple(sorted(facts.view.objects.policies))
    for namespace in facts.where_held(held.subject, MAKE_PODS):
        usable = [
            name
            for name in names
            if any(facts.view.may(held.subject, permission, namespace, name) for permission in USE)
        ]
        if usable and facts.admits.level_allows(namespace):
            reason = f"makes policy {usable[0]} privileged and uses it in namespace {namespace}"
            yield from chosen_node(facts, reason)
            return


TECHNIQUES = (
    Technique(
        name="loosen-policy",
        title="loosens a policy that it may use",
        condition="update or patch on a PodSecurityPolicy, permission to use that policy, and permission to "
        "create pods or workloads.",
        references=(POLICIES, CIS_PRIVILEGED, ESCAPE),
        permissions=tuple(Permission(CHANGE, RESOURCE, group, namespaced=False) for group in GROUPS),
        also=(MAKE_PODS,),
        targets=_loosened,
        per_subject=_always,
    ),
)
