"""Kinds that matter only for privilege escalation, not for the server's answers about access.

Only the parts that matter are kept. Of a Secret that is its name, its type and the service account
whose token it is; what it holds is never among it.
"""

from typing import NamedTuple

TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 - the annotation that names an account
"""The annotation of a Secret that names the service account whose token it holds."""
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret
"""The type of such a Secret."""


class Surrounding(NamedTuple):
    """A kind of object around pods and accounts."""

    group: str
    kind: str
    namespaced: bool = False


SURROUNDINGS = (
    Surrounding("", "ConfigMap", namespaced=True),
    Surrounding("", "Node"),
    Surrounding("", "PersistentVolume"),
    Surrounding("", "PersistentVolumeClaim", namespaced=True),
    Surrounding("", "Secret", namespaced=True),
    Surrounding("argoproj.io", "AppProject", namespaced=True),
    Surrounding("certificates.k8s.io", "CertificateSigningRequest"),
)
"""In the order of their groups and names; of ConfigMaps only kube-system/aws-auth, of Secrets only tokens."""

_BY_NAME = {(each.group, each.kind): each for each in SURROUNDINGS}


def find_surrounding(api_version: str, kind: str) -> Surrounding | None:
    """The entry of a kind in any version of its group."""
    return _BY_NAME.get((api_version.rpartition("/")[0], kind))
