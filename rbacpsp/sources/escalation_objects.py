"""Reads from a live cluster the objects that matter only for privilege escalation.

Secrets are never requested from a server, though some contain tokens. The ConfigMap aws-auth is requested if
the server is one of EKS, and argocd-cm and argocd-cmd-params-cm in each namespace that has an AppProject of
Argo CD.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rbacpsp.model import Objects
from rbacpsp.model.kinds import Kind, ServedVersion
from rbacpsp.model.surroundings import ARGO_CD_PARAMETERS, ARGO_CD_SETTINGS, find_surrounding

_CERTIFICATES = "certificates.k8s.io"
_FOLDERS = "which claims lead to a folder of a node is unknown"

AROUND = (
    Kind(
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "surroundings",
        False,
        (ServedVersion(f"{_CERTIFICATES}/v1", 19), ServedVersion(f"{_CERTIFICATES}/v1beta1", 4, 21)),
        "which certificates were approved is unknown",
    ),
    Kind(
        "Node",
        "nodes",
        "surroundings",
        False,
        (ServedVersion("v1"),),
        "which nodes run the control plane is unknown",
    ),
    Kind(
        "PersistentVolume",
        "persistentvolumes",
        "surroundings",
        False,
        (ServedVersion("v1"),),
        _FOLDERS,
    ),
    Kind(
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "surroundings",
        True,
        (ServedVersion("v1"),),
        _FOLDERS,
    ),
)
"""The kinds that every server has, in the order of their names."""
AWS_AUTH = Kind(
    "ConfigMap",
    "configmaps",
    "surroundings",
    False,
    (ServedVersion("v1"),),
    "which identities of AWS are mapped to users and groups is unknown",
)
"""The kind of one object, which is requested by its name."""
AWS_AUTH_PLACE = ("kube-system", "aws-auth")
OF_ARGO_CD = {
    Kind("ConfigMap", "configmaps", "surroundings", True, (ServedVersion("v1"),), unknown): name
    for name, unknown in (
        (ARGO_CD_PARAMETERS, "from which other namespaces Argo CD takes Applications is unknown"),
        (ARGO_CD_SETTINGS, "as which service accounts Argo CD applies objects is unknown"),
    )
}
"""The kinds of the ConfigMaps of an Argo CD, and their names, by which they are requested."""


def around(kinds: Collection[str] | None, git_version: str) -> tuple[Kind, ...]:
    """The kinds to read for an answer about some kinds (None: all)."""
    all_kinds = (*AROUND, AWS_AUTH) if "-eks-" in git_version else AROUND
    return tuple(kind for kind in all_kinds if kinds is None or kind.name in kinds)


def argo_cd_namespaces(lots: Iterable[Objects]) -> list[str]:
    """The namespaces that have an AppProject, among some objects that were read."""
    return sorted(
        {
            project.namespace
            for objects in lots
            for project in objects.surroundings.values()
            if project.kind == "AppProject"
        }
    )


def served_around(documents: Iterable[Mapping[str, Any]]) -> tuple[Kind, ...]:
    """The custom resources of a server that matter only for privilege escalation.

    Args:
        documents: The APIResourceLists of the server, one for each group and version.
    """
    known = {kind.name for kind in (*AROUND, AWS_AUTH)} | {"Secret"}
    by_name: dict[str, Kind] = {}
    for document in documents:
        version = str(document["groupVersion"])
        for row in document.get("resources") or ():
            kind = find_surrounding(version, str(row["kind"]))
            is_listable = "/" not in row["name"] and "list" in (row.get("verbs") or ())
            if kind is None or kind.kind in known or not is_listable:
                continue
            by_name.setdefault(
                kind.kind,
                Kind(
                    kind.kind,
                    row["name"],
                    "surroundings",
                    bool(row["namespaced"]),
                    (ServedVersion(version),),
                    "what operators may apply is unknown",
                ),
            )
    return tuple(by_name.values())
