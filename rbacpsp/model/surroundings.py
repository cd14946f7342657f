"""Kinds that matter only for privilege escalation, not for the server's answers about access.

Only the fields that matter are kept. Those of a Secret are its name, its type, whether it is immutable and
the service account whose token it is; its data is never kept.
"""

from typing import NamedTuple

TOKEN_OF = "kubernetes.io/service-account.name"  # noqa: S105 - the annotation that names an account
"""The annotation of a Secret that names the service account whose token it holds."""
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret
"""The type of such a Secret."""

STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class"
"""The annotation of a volume or a claim that precedes its storageClassName."""
ARGO_CD_PARAMETERS = "argocd-cmd-params-cm"
"""The ConfigMap that gives the controllers of an Argo CD in its namespace their arguments."""
NAMESPACES_OF_APPLICATIONS = "application.namespaces"
NAMESPACES_OF_APPLICATION_SETS = "applicationsetcontroller.namespaces"
"""Its keys for the namespaces from which the controllers take Applications and ApplicationSets."""
ARGO_CD_SETTINGS = "argocd-cm"
"""The ConfigMap with the other settings of an Argo CD in its namespace."""
IMPERSONATES = "application.sync.impersonation.enabled"
"""Its key that makes Argo CD apply objects as the service accounts that projects name."""
IMPERSONATION_IS_ENFORCED = "application.sync.impersonation.enforced"
"""Its key for whether Argo CD applies nothing where a project names no account, instead of as itself."""
SCOPED_CLUSTERS = "permitOnlyProjectScopedClusters"
"""The field of a project of Argo CD that permits only clusters whose Secret names the project."""


class Surrounding(NamedTuple):
    """A kind of object that matters only for privilege escalation."""

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
"""Sorted by group and name; of ConfigMaps only aws-auth and those of Argo CD count, of Secrets tokens."""

_BY_NAME = {(surrounding.group, surrounding.kind): surrounding for surrounding in SURROUNDINGS}


def find_surrounding(api_version: str, kind: str) -> Surrounding | None:
    """The entry of a kind in any version of its group."""
    return _BY_NAME.get((api_version.rpartition("/")[0], kind))
