"""Persistent volumes: one can be a hostPath, and policies check only the claim of a pod, not the volume.

This needs create on persistentvolumes and, in one namespace, creating pods with claims. The claim is made by
the subject itself, by the controller of StatefulSets from a claim template, or by the controller of ephemeral
volumes (from 1.21), which needs no permission on claims. The pod must be admitted as root, since only root
can use the folders of the node: the restricted level does not admit it, nor does a policy, or constraints,
that forbid root or such volumes. The requester of the pod, or the pod's service account, must be able to use
the policy or constraints; a controller requests the pods of workloads.
Source: pkg/controller/volume/ephemeral and pkg/controller/statefulset (stateful_pod_control.go), 1.24.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacpsp.audit.permission import Permission, by_apply
from rbacpsp.audit.references import CIS_VOLUMES, ESCAPE, VOLUME_CREATION
from rbacpsp.model import Subject, Version
from rbacpsp.paths.edges.pods import MAKE_PODS, by_anybody, requesters
from rbacpsp.paths.plugins import Wanted
from rbacpsp.paths.technique import (
    APPLIED,
    ClusterFacts,
    GrantedPermission,
    ReachedPlace,
    Technique,
    always,
    chosen_node,
)


def _created(permission: Permission) -> tuple[Permission, ...]:
    return permission, by_apply(permission)


_VOLUMES = _created(Permission(("create",), "persistentvolumes", namespaced=False))
CLAIM = _created(Permission(("create",), "persistentvolumeclaims"))
_CLAIM_TEMPLATES = _created(Permission(("create",), "statefulsets", "apps"))
"""The claim templates of a StatefulSet never change, so that update and patch do not add one."""
EPHEMERAL_VOLUMES_BEGIN = Version(1, 21)


class Claim(NamedTuple):
    """How a pod gets a claim."""

    pods: tuple[Permission, ...]
    """The permissions that create such a pod."""
    wanted: Wanted
    by: str
    """What makes the claim, in words; empty for the subject."""


BY_ITSELF = Claim(MAKE_PODS, "root-with-claim", "")
BY_STATEFUL_SET = Claim(_CLAIM_TEMPLATES, "root-with-claim", " by a StatefulSet")
BY_EPHEMERAL_VOLUME = Claim(MAKE_PODS, "root-with-ephemeral", " by an ephemeral volume")


def _claimed(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject = held.subject
    if subject is None:
        return
    for namespace in facts.where_held(subject, MAKE_PODS):
        for claim in claims_of(facts, subject, namespace):
            for user in requesters(facts, subject, namespace, claim.pods):
                by = by_anybody(facts, claim.wanted, user, namespace)
                if by is not None:
                    reason = f"a hostPath volume claimed{claim.by} in namespace {namespace}, admitted {by}"
                    yield from chosen_node(facts, reason)
                    return


def claims_of(facts: ClusterFacts, subject: Subject, namespace: str) -> Iterator[Claim]:
    """The ways in which a subject may get a claim for a pod in a namespace."""
    if facts.view.holds(subject, CLAIM, namespace):
        yield BY_ITSELF
    yield BY_STATEFUL_SET
    if facts.version >= EPHEMERAL_VOLUMES_BEGIN:
        yield BY_EPHEMERAL_VOLUME


TECHNIQUES = (
    Technique(
        name="claim-host-path",
        title="mounts a node's folders through a claim",
        condition="create on persistentvolumes, granted by a ClusterRoleBinding; and permission to create "
        "pods or workloads in one namespace, where a pod with a claim may run as root. The subject creates "
        "the claim, or a StatefulSet's claim template or, from 1.21 on, an ephemeral volume does. Where "
        "PodSecurityPolicies or security context constraints apply, one that the requester of the pod or "
        "its service account may use must admit it; the requester of the pods of a workload is its "
        f"controller. {APPLIED}",
        references=(CIS_VOLUMES, VOLUME_CREATION, ESCAPE),
        permissions=_VOLUMES,
        also=(MAKE_PODS,),
        targets=_claimed,
        per_subject=always,
    ),
)
