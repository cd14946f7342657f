"""Reads from a live cluster the objects that matter only for privilege escalation.

Secrets are not among it, though some are tokens: nothing ever asks a server for them. The ConfigMap aws-auth
is asked for where the server says that it is one of EKS.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rbacpsp.model.kinds import Kind, Served
from rbacpsp.model.surroundings import find_surrounding

_CERTIFICATES = "certificates.k8s.io"
_FOLDERS = "which claims lead to a folder of a node is unknown"

AROUND = (
    Kind(
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "surroundings",
        False,
        (Served(f"{_CERTIFICATES}/v1", 19), Served(f"{_CERTIFICATES}/v1beta1", 4, 21)),
        "which certificates were approved is unknown",
    ),
    Kind(
        "Node",
        "nodes",
        "surroundings",
        False,
        (Served("v1"),),
        "which nodes run the control plane is unknown",
    ),
    Kind(
        "PersistentVolume",
        "persistentvolumes",
        "surroundings",
        False,
        (Served("v1"),),
        _FOLDERS,
    ),
    Kind(
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "surroundings",
        True,
        (Served("v1"),),
        _FOLDERS,
    ),
)
"""The kinds that every server has, in the order of their names."""
AWS_AUTH = Kind(
    "ConfigMap",
    "configmaps",
    "surroundings",
    False,
    (Served("v1"),),
    "which identities of AWS are mapped to users and groups is unknown",
)
"""One object, which is asked for by its name."""
AWS_AUTH_PLACE = ("kube-system", "aws-auth")


def around(kinds: Collection[str] | None, git_version: str) -> tuple[Kind, ...]:
    """What to read for an answer about these kinds (None: all)."""
    found = (*AROUND, AWS_AUTH) if "-eks-" in git_version else AROUND
    return tuple(kind for kind in found if kinds is None or kind.name in kinds)


def served_around(documents: Iterable[Mapping[str, Any]]) -> tuple[Kind, ...]:
    """The same of the custom resources that a server serves.

    Args:
        documents: What the server serves: an APIResourceList for each group and version.
    """
    known = {kind.name for kind in (*AROUND, AWS_AUTH)} | {"Secret"}
    found: dict[str, Kind] = {}
    for document in documents:
        version = str(document["groupVersion"])
        for row in document.get("resources") or ():
            kind = find_surrounding(version, str(row["kind"]))
            listed = "/" not in row["name"] and "list" in (row.get("verbs") or ())
            if kind is None or kind.kind in known or not listed:
                continue
            found.setdefault(
                kind.kind,
                Kind(
                    kind.kind,
                    row["name"],
                    "surroundings",
                    bool(row["namespaced"]),
                    (Served(version),),
                    "what operators may apply is unknown",
                ),
            )
    return tuple(found.values())
