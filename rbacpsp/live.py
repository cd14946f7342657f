"""A running cluster to ask: through a kubeconfig, or from within a pod."""

import os
from collections.abc import Callable, Collection
from typing import Any

from rbacpsp.cluster import Cluster

JSONObject = dict[str, Any]


def connect(
    context: str | None = None,
    *,
    kubeconfig: str | os.PathLike[str] | None = None,
    namespace: str | None = None,
    kinds: Collection[str] | None = None,
    kubernetes_version: str | None = None,
    admission_config: JSONObject | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Cluster:
    """Read a running cluster; only GET is sent, and Secrets are never asked for.

    What may not be read is no error: `Cluster.unread` says it, and so does every answer that it could change
    (`incomplete`).

    Args:
        context: The kubeconfig's context; by default its current one.
        kubeconfig: The file; by default $KUBECONFIG, then ~/.kube/config, then the pod's own login.
        namespace: Read namespaced kinds of this namespace only; kinds of the whole cluster are read too.
        kinds: Read only these kinds, and not what the server serves, for example
            `{"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}`; by default all that answers
            depend on.
        kubernetes_version: The server to imitate; by default the one that is read.
        admission_config: A PodSecurityConfiguration: the API does not show it.
        progress: Told a resource, how many of it were read, and how many there are.

    Raises:
        ConnectError: No login, no answer, no Kubernetes, or an error of the server; one line says what to do.
        LoadError: Objects that no server should have stored; every one is named.
        ValueError: The version is none.
    """
    from rbacpsp.load.live import read_live

    live = read_live(
        context,
        None if kubeconfig is None else os.fspath(kubeconfig),
        namespace,
        kinds=kinds,
        discovery=kinds is None,
        progress=progress,
    )
    return Cluster(live.objects, kubernetes_version=kubernetes_version, admission_config=admission_config)
