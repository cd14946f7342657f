"""Opens the cluster for commands about PodSecurityPolicy, which current servers no longer have."""

from typing import TYPE_CHECKING, Any

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, open_cluster
from rbacpsp.psp.versions import REMOVED

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


def open_policies(source: SourceOptions, *arguments: Any, **options: Any) -> "Cluster":
    """Like `open_cluster`, for a server that has PodSecurityPolicy.

    Raises:
        InputError: The server does not have it, or nothing shows that it does.
    """
    cluster = open_cluster(source, *arguments, **options)
    removed = f"PodSecurityPolicy was removed in Kubernetes {REMOVED}"
    advice = "ask Pod Security instead (rbacpsp psa), or name an older server by --kubernetes-version"
    if cluster.kubernetes_version < REMOVED:
        return cluster
    if not cluster.version_is_assumed:
        raise InputError([f"{removed}, and this is {cluster.kubernetes_version}: {advice}"])
    unknown = "no PodSecurityPolicy was read, and nothing says which version the server has"
    raise InputError([f"{unknown}: {removed}: {advice}"])
