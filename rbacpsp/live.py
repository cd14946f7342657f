"""`connect` reads a running cluster: with a kubeconfig, or within a pod with its service account."""

import os
from collections.abc import Callable, Collection, Mapping

from rbacpsp.cluster import Cluster
from rbacpsp.decode.arguments import as_config, as_path
from rbacpsp.model.argument_types import OPTIONAL_TEXT, ParameterType, require, said, several, takes
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import KINDS
from rbacpsp.model.openshift import as_openshift
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.model.version import Version
from rbacpsp.waiting import list_progress


@takes(
    context=OPTIONAL_TEXT,
    kubeconfig=ParameterType(str | os.PathLike | None, "a string, a Path or None"),
    namespace=OPTIONAL_TEXT,
    limits=ParameterType(Mapping | None, "a mapping of limits to numbers"),
)
def connect(
    context: str | None = None,
    *,
    kubeconfig: str | os.PathLike[str] | None = None,
    namespace: str | None = None,
    kinds: Collection[str] | None = None,
    kubernetes_version: str | None = None,
    openshift_version: str | None = None,
    admission_config: JSONObject | None = None,
    limits: Mapping[str, float] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Cluster:
    """Read a running cluster; only GET is sent, and Secrets are never requested.

    Objects that this login may not read are not an error: `Cluster.unread` lists them, and so does every
    answer that they could change (`incomplete`).

    Args:
        context: The kubeconfig's context; by default its current one.
        kubeconfig: The file; by default $KUBECONFIG, then ~/.kube/config, then the pod's service account.
        namespace: Read namespaced kinds of this namespace only; kinds of the whole cluster are read too.
        kinds: Read only these kinds, and not the API resources of the server, for example `{"Role",
            "ClusterRole", "RoleBinding", "ClusterRoleBinding"}`; by default all that answers depend on.
        kubernetes_version: The server to imitate; by default the version of this server.
        openshift_version: The release of OpenShift; by default the one that is read.
        admission_config: A PodSecurityConfiguration, which cannot be read from the API.
        limits: Limits of times and sizes, by name: `rbacpsp.sources.limits.LIMITS` lists them.
        progress: Called with a resource, how many of it were read, and how many there are; default: in a
            notebook, a progress bar below the cell.

    Raises:
        ConnectError: No login, no answer, not Kubernetes, or an error of it; one line says what to do.
        LoadError: Objects that a server cannot have stored; every one is named.
        ValueError: The version, a limit or a kind is invalid, or there is no kind.
    """
    from rbacpsp.sources.limits import Patience
    from rbacpsp.sources.live import read_live

    as_config(admission_config)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable, not {said(progress)}")
    Version.given(kubernetes_version)
    as_openshift(openshift_version)
    kinds = None if kinds is None else several("kinds", kinds, "several kinds")
    for kind in kinds or ():
        require("kinds", kind, str, "several kinds, all strings")
    if kinds is not None:
        _require_readable(kinds)
    with list_progress("reading", progress) as report:
        live = read_live(
            context,
            None if kubeconfig is None else as_path("kubeconfig", kubeconfig),
            namespace,
            kinds=kinds,
            discovery=kinds is None,
            progress=report,
            patience=Patience().with_limits(limits or {}),
        )
    return Cluster(
        live.objects,
        kubernetes_version=kubernetes_version,
        openshift_version=openshift_version,
        admission_config=admission_config,
    )


def _require_readable(kinds: Collection[str]) -> None:
    """Require kinds that can be read: of a misspelt one nothing is read, as if nobody had access.

    Raises:
        ValueError: There is another one, or none.
    """
    from rbacpsp.sources.escalation_objects import AROUND, AWS_AUTH

    known = {kind.name for kind in (*KINDS, *AROUND, AWS_AUTH)}
    if not kinds:
        raise ValueError("kinds is empty: leave it out to read all kinds")
    for kind in kinds:
        if kind not in known:
            advice = did_you_mean(likeliest(kind, known)) or "; write it as in manifests, such as RoleBinding"
            raise ValueError(f"kinds: {said(kind)} is not a kind that is read{advice}")
