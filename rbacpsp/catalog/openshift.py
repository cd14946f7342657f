"""The standard security context constraints of each OpenShift release, with their roles and bindings.

`data/openshift.jsonl` has them as the release branches of cluster-kube-apiserver-operator ship them
(bindata/bootkube/scc-manifests), without descriptions. Recorded are 4.10, 4.11, 4.14, 4.16 and 4.18 to 4.22.
4.12 and 4.13 differ from their neighbours by a type of volume each, and 4.15 and 4.17 are the release before
them. An upgraded cluster keeps its older constraints as they were edited: read them from the cluster.
"""

from functools import cache

from rbacpsp.catalog.object_records import RecordedObject, recorded
from rbacpsp.catalog.resource import Resource
from rbacpsp.model import Version
from rbacpsp.model.meta import OpenShiftMeta
from rbacpsp.model.scc import GROUP, RESOURCE

OLDEST = Version(4, 10)
"""The first release whose objects are recorded."""
LATEST = Version(4, 22)
"""The last release whose objects are recorded."""

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
SCC = Resource(
    group=GROUP,
    version="v1",
    name=RESOURCE,
    subresource="",
    kind="SecurityContextConstraints",
    namespaced=False,
    verbs=_VERBS,
    short_names=("scc",),
    singular="securitycontextconstraints",
)
"""The resource that a server of OpenShift serves."""


@cache
def openshift_policy(version: Version) -> tuple[RecordedObject, ...]:
    """The constraints that a release creates, and the roles and bindings that allow their use.

    A release older or newer than all recorded ones gets those of the nearest one.
    """
    return tuple(recorded("openshift.jsonl", min(max(version, OLDEST), LATEST), OpenShiftMeta))
