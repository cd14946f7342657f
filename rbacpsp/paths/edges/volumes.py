"""Persistent volumes: one can be a hostPath, and policies check only the claim of a pod, not the volume.

This needs create on persistentvolumes and, in one namespace, creating pods and claims. The pod must be
admitted as root, since only root can use the folders of the node: the restricted level does not admit it, nor
does a policy, or constraints, that forbid root or claims.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_VOLUMES, ESCAPE, VOLUME_CREATION
from rbacpsp.paths.admitted_pods import asking
from rbacpsp.paths.edges.pods import MAKE_PODS
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, chosen_node

_CLAIM = (Permission(("create",), "persistentvolumeclaims"),)


def _always(_: ClusterFacts) -> bool:
    return True


def _claimed(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject = held.subject
    if subject is None:
        return
    for namespace in facts.where_held(subject, MAKE_PODS, _CLAIM):
        own = (by for _, by in facts.own_pods("root-with-claim", namespace) if by)
        by = facts.admits.pod("root-with-claim", asking(subject), namespace) or next(own, None)
        if by:
            reason = f"a hostPath volume claimed in namespace {namespace}, admitted {by}"
            yield from chosen_node(facts, reason)
            return


TECHNIQUES = (
    Technique(
        name="claim-host-path",
        title="mounts a node's folders through a claim",
        condition="create on persistentvolumes, granted by a ClusterRoleBinding; and in one namespace create "
        "on persistentvolumeclaims and permission to create pods or workloads, where a pod with a claim may "
        "run as root.",
        references=(CIS_VOLUMES, VOLUME_CREATION, ESCAPE),
        permissions=(Permission(("create",), "persistentvolumes", namespaced=False),),
        also=(_CLAIM, MAKE_PODS),
        targets=_claimed,
        per_subject=_always,
    ),
)
