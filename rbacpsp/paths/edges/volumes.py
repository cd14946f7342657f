"""Persistent volumes: one can be a hostPath, and policies check only the claim of a pod, not the volume.

This needs create on persistentvolumes and, in one namespace, creating pods and claims. The pod must be
admitted as root, since only root can use the folders of the node: the restricted level does not admit it, nor
does a policy, or constraints, that forbid root or claims. The requester of the pod, or the pod's service
account, must be able to use the policy or constraints; a controller requests the pods of workloads.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_VOLUMES, ESCAPE, VOLUME_CREATION
from rbacpsp.paths.edges.pods import MAKE_PODS, by_anybody, requesters
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique, chosen_node

_CLAIM = (Permission(("create",), "persistentvolumeclaims"),)


def _always(_: ClusterFacts) -> bool:
    return True


def _claimed(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject = held.subject
    if subject is None:
        return
    for namespace in facts.where_held(subject, MAKE_PODS, _CLAIM):
        for user in requesters(facts, subject, namespace):
            by = by_anybody(facts, "root-with-claim", user, namespace)
            if by is not None:
                reason = f"a hostPath volume claimed in namespace {namespace}, admitted {by}"
                yield from chosen_node(facts, reason)
                return


TECHNIQUES = (
    Technique(
        name="claim-host-path",
        title="mounts a node's folders through a claim",
        condition="create on persistentvolumes, granted by a ClusterRoleBinding; and in one namespace create "
        "on persistentvolumeclaims and permission to create pods or workloads, where a pod with a claim may "
        "run as root. Where PodSecurityPolicies or security context constraints apply, one that the "
        "requester of the pod or its service account may use must admit it; the requester of the pods of a "
        "workload is its controller.",
        references=(CIS_VOLUMES, VOLUME_CREATION, ESCAPE),
        permissions=(Permission(("create",), "persistentvolumes", namespaced=False),),
        also=(_CLAIM, MAKE_PODS),
        targets=_claimed,
        per_subject=_always,
    ),
)
