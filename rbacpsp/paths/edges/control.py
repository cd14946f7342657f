"""Full control: every verb on every object of the whole cluster, or membership of system:masters.

Full control includes every identity, every pod, every secret and every node.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_CLUSTER_ADMIN, CIS_MASTERS, VALID_ACCOUNTS
from rbacpsp.model.request import MASTERS
from rbacpsp.paths.place import CLUSTER_ADMIN, CONTROL_PLANE, KUBELET, NODE, Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, Link, ReachedPlace, Technique


def _targets(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    return () if held.scope or held.match.names else (ReachedPlace(CLUSTER_ADMIN),)


def _links(facts: ClusterFacts) -> Iterable[Link]:
    yield (
        Place("Group", "", MASTERS),
        [ReachedPlace(CLUSTER_ADMIN, "system:masters is allowed everything before RBAC is asked")],
    )
    pools = ("users", "groups", "pods", "secrets")
    places = [ReachedPlace(place, "full control") for place in map(Place, pools)]
    places += facts.everybody("", "full control")
    places += [ReachedPlace(place, "full control") for place in (CONTROL_PLANE, NODE, KUBELET)]
    yield CLUSTER_ADMIN, places


FULL_CONTROL = Technique(
    name="full-control",
    title="holds full control",
    condition="Every verb on every resource of every API group, granted by a ClusterRoleBinding.",
    references=(CIS_CLUSTER_ADMIN, VALID_ACCOUNTS),
    permissions=(Permission(("*",), "*", "*"),),
    targets=_targets,
)

TECHNIQUES = (
    FULL_CONTROL,
    Technique(
        name="masters",
        title="is allowed everything",
        condition="A member of the group system:masters, or a subject that already has full control.",
        references=(CIS_MASTERS,),
        links=_links,
        cost=0,
    ),
)
