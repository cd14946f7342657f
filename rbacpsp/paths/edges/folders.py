"""Existing persistent volumes that are folders of nodes: a pod mounts one through a claim.

Pod Security Admission and policies check the claim of a pod, but not its volume. The pod must be admitted as
root, as in `volumes`. A volume that is bound to a claim is mounted by any pod of the namespace of the claim.
A new claim gets a volume that no claim is bound to by its name: the author of a claim, of the claim template
of a StatefulSet or (from 1.21) of an ephemeral volume chooses it, with the storage class of the volume.
Where a volume's claimRef names a claim that does not exist, only a claim of that name gets it.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from rbacpsp.audit.folder_volumes import FolderVolume, folder_volumes
from rbacpsp.audit.permission import Permission, to_patch
from rbacpsp.audit.references import CIS_VOLUMES, ESCAPE, VOLUME_CREATION
from rbacpsp.model import Subject, User
from rbacpsp.model.request import MASTERS
from rbacpsp.paths.edges.pods import (
    MAKE_PODS,
    asker_of,
    by_anybody,
    by_author,
    is_author,
    on_asker,
    requesters,
)
from rbacpsp.paths.edges.volumes import (
    BY_EPHEMERAL_VOLUME,
    BY_ITSELF,
    BY_STATEFUL_SET,
    CLAIM,
    EPHEMERAL_VOLUMES_BEGIN,
    Claim,
    claims_of,
)
from rbacpsp.paths.place import NODE
from rbacpsp.paths.technique import (
    APPLIED,
    ClusterFacts,
    GrantedPermission,
    ReachedPlace,
    Technique,
    chosen_node,
)

_OWNER = User("", (MASTERS,))
"""Somebody who may use every policy."""


def _any_is_claimed(facts: ClusterFacts) -> bool:
    return bool(folder_volumes(facts.view).claimed)


def _any_is_unclaimed(facts: ClusterFacts) -> bool:
    volumes = folder_volumes(facts.view)
    return bool(volumes.reserved or volumes.free)


def _mounted(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    for volume, namespace in _claimed_in(facts, held.scope):
        by = by_anybody(facts, "root-with-claim", asker_of(held), namespace)
        if by is not None:
            reason = f"claim {volume.claim} in namespace {namespace}, admitted {by}"
            yield from _node_of(facts, volume, reason)
            return


def _claimed_in(facts: ClusterFacts, scope: str) -> Iterator[tuple[FolderVolume, str]]:
    """The best claimed volume of each namespace of a scope, those that any node can mount first."""
    claimed = folder_volumes(facts.view).claimed
    reached = [scope] if scope in claimed else () if scope else claimed
    yield from sorted((claimed[namespace][0], namespace) for namespace in reached)


def _by_claimant(facts: ClusterFacts) -> bool:
    """Whether it matters who claims a volume: not if an ephemeral volume gets the best one for everybody."""
    volumes = folder_volumes(facts.view)
    for_all = bool(volumes.free) and not (volumes.reserved and volumes.free[0].is_pinned)
    return not for_all or facts.version < EPHEMERAL_VOLUMES_BEGIN or facts.admits.asks_who


def _claims(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    for volume, namespace in _unclaimed_in(facts, held.scope):
        if held.subject is not None:
            how = _claims_it(facts, held.subject, held.match.permission, volume, namespace)
        else:
            how = None if volume.claim else _admitted(facts, BY_EPHEMERAL_VOLUME, asker_of(held), namespace)
        if how is not None:
            yield from _node_of(facts, volume, f"PersistentVolume {volume.name} claimed{how}")
            return


def _unclaimed_in(facts: ClusterFacts, scope: str) -> Iterator[tuple[FolderVolume, str]]:
    """The volumes that a new claim can get in each namespace of a scope, best first; one of the free ones."""
    volumes = folder_volumes(facts.view)
    namespaces = facts.reached(scope) if volumes.free else [scope] if scope else volumes.reserved
    for is_pinned in (False, True):
        for namespace in namespaces:
            for volume in (*volumes.reserved.get(namespace, ()), *volumes.free[:1]):
                if volume.is_pinned == is_pinned:
                    yield volume, namespace


def _claims_it(
    facts: ClusterFacts, subject: Subject, makes: Permission, volume: FolderVolume, namespace: str
) -> str | None:
    """How a subject claims a volume for a pod that a permission of `MAKE_PODS` makes; None: it cannot."""
    if not volume.claim:
        ways = tuple(claims_of(facts, subject, namespace))
    else:
        ways = (BY_ITSELF,) if _may_claim(facts, subject, namespace, volume.claim) else ()
    for way in ways:
        pods: tuple[Permission, ...] = (makes,)
        if way is BY_STATEFUL_SET:
            pods = way.pods if makes.resource == "statefulsets" else ()
        for user in requesters(facts, subject, namespace, pods):
            how = _admitted(facts, way, user, namespace)
            if how is not None:
                return how
    return None


def _admitted(facts: ClusterFacts, way: Claim, user: User, namespace: str) -> str | None:
    """How a pod that a user requests gets a claim; None if it is not admitted."""
    by = by_anybody(facts, way.wanted, user, namespace)
    return None if by is None else f"{way.by} in namespace {namespace}, admitted {by}"


def _may_claim(facts: ClusterFacts, subject: Subject, namespace: str, name: str) -> bool:
    """Whether a subject may create a claim of a name, if need be by server-side apply."""
    may, (create, applied) = partial(facts.view.may, subject), CLAIM
    return may(create, namespace) or (
        applied.is_honored(facts.version)
        and may(create, namespace, name)
        and may(to_patch(applied), namespace, name)
    )


def mounted_by_owner(facts: ClusterFacts, scope: str, reason: str) -> Iterator[ReachedPlace]:
    """The node, for a subject with every permission in a namespace, or in each namespace."""
    admits, by_ephemeral = facts.admits.pod, facts.version >= EPHEMERAL_VOLUMES_BEGIN

    def is_admitted(volume: FolderVolume, namespace: str) -> bool:
        if admits("root-with-claim", _OWNER, namespace) is not None:
            return True
        by_template = by_ephemeral and not volume.claim
        return by_template and admits("root-with-ephemeral", _OWNER, namespace) is not None

    every = (*_claimed_in(facts, scope), *_unclaimed_in(facts, scope))
    mounted = [volume for volume, namespace in every if is_admitted(volume, namespace)]
    if mounted:
        yield from _node_of(facts, min(mounted), f"{reason}; PersistentVolume {min(mounted).name}")


def _node_of(facts: ClusterFacts, volume: FolderVolume, reason: str) -> Iterator[ReachedPlace]:
    """The node of a pod that mounts a volume: any node, unless the volume is on some nodes only."""
    if volume.is_pinned:
        yield ReachedPlace(NODE, reason)
    else:
        yield from chosen_node(facts, reason)


_AS_ROOT = (
    "A pod with a claim must be admitted as root: the restricted Pod Security level does not. Where "
    "PodSecurityPolicies or security context constraints apply, one that the requester of the pod or its "
    "service account may use must admit it; the requester of the pods of a workload is its controller. "
    f"{APPLIED}"
)

TECHNIQUES = (
    Technique(
        name="mount-claimed-folder",
        title="mounts a node's folder through an existing claim",
        condition="create on pods, or create, update or patch on workloads, in a namespace with a claim "
        "whose PersistentVolume is a hostPath or local volume, and whose folder gives control of the node. "
        + _AS_ROOT,
        references=(CIS_VOLUMES, VOLUME_CREATION, ESCAPE),
        permissions=MAKE_PODS,
        targets=_mounted,
        per_subject=by_author,
        by_holder=is_author,
        alike=on_asker,
        is_possible=_any_is_claimed,
    ),
    Technique(
        name="claim-unbound-folder",
        title="claims an existing volume that is a node's folder",
        condition="create on pods, or create, update or patch on workloads, in one namespace, and a "
        "PersistentVolume that no claim is bound to, a hostPath or local volume whose folder gives control "
        "of the node. The subject creates the claim, or a StatefulSet's claim template or, from 1.21 on, an "
        "ephemeral volume does. If the claimRef of the volume names a claim, the subject must create that "
        f"one. {_AS_ROOT}",
        references=(CIS_VOLUMES, VOLUME_CREATION, ESCAPE),
        permissions=MAKE_PODS,
        targets=_claims,
        per_subject=_by_claimant,
        alike=on_asker,
        is_possible=_any_is_unclaimed,
    ),
)
