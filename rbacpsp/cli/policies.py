"""Opens the cluster for commands about PodSecurityPolicy, which current servers no longer have."""

from typing import TYPE_CHECKING, Any

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, open_cluster
from rbacpsp.psp.versions import REMOVED

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


def open_policies(source: SourceOptions, *arguments: Any, **options: Any) -> "Cluster":
    """As `open_cluster`, of a server that has PodSecurityPolicy.

    Raises:
        InputError: The server has none, or nothing tells that it has.
    """
    cluster = open_cluster(source, *arguments, **options)
    gone = f"PodSecurityPolicy was removed in Kubernetes {REMOVED}"
    ask = "ask Pod Security instead (rbacpsp psa), or name an older server by --kubernetes-version"
    if cluster.kubernetes_version < REMOVED:
        return cluster
    if not cluster.version_is_assumed:
        raise InputError([f"{gone}, and this is {cluster.kubernetes_version}: {ask}"])
    none = "no PodSecurityPolicy was read, and nothing says which version the server has"
    raise InputError([f"{none}: {gone}: {ask}"])
