"""`load` reads a cluster from files."""

import os
from typing import Literal

from rbacpsp.admission.validation import refusal_check
from rbacpsp.apply import Bootstrap, as_bootstrap
from rbacpsp.cluster import Cluster
from rbacpsp.decode.arguments import as_config, as_duplicates, as_paths
from rbacpsp.model.argument_types import FLAG, OPTIONAL_TEXT, takes
from rbacpsp.model.json import JSONObject
from rbacpsp.model.openshift import as_openshift
from rbacpsp.model.version import Version
from rbacpsp.sources import read_files


@takes(keep_going=FLAG, allow_empty=FLAG, validate=FLAG, apply_namespace=OPTIONAL_TEXT)
def load(
    *paths: str | os.PathLike[str],
    kubernetes_version: str | None = None,
    openshift_version: str | None = None,
    admission_config: JSONObject | None = None,
    keep_going: bool = False,
    allow_empty: bool = False,
    duplicates: Literal["refuse", "last"] = "refuse",
    validate: bool = True,
    bootstrap: Bootstrap = "auto",
    apply_namespace: str | None = None,
) -> Cluster:
    """Read a cluster from files, folders or `-` (standard input), as a server would store what is applied.

    Args:
        paths: Dumps, manifests, snapshots, or folders of them.
        kubernetes_version: The server to imitate; default: the version that the files state, see `Cluster`.
        openshift_version: The release of OpenShift, for example `4.21`, if the server runs OpenShift;
            default: the release that the files state.
        admission_config: A PodSecurityConfiguration, or an AdmissionConfiguration that contains one.
        keep_going: Skip documents that cannot be read; each becomes a warning of the cluster.
        allow_empty: Whether there may be nothing to read. By default that is an error: a failed export is
            empty too.
        duplicates: How to treat a key that appears twice in an object: by default it is an error; with "last"
            the last one counts, as for kubectl, with a warning.
        validate: Whether to refuse manifests that the API server's validation refuses. Objects that a server
            has stored (snapshots, objects with a `uid` and a `resourceVersion`) are never refused.
        bootstrap: Whether the objects that Kubernetes creates for itself are assumed where none were read:
            `auto` (not for kinds that were read completely), `always` or `never`. See
            `rbacpsp.apply.bootstrap`.
        apply_namespace: The namespace of objects that name none, as in `kubectl apply -n`, which refuses
            objects of another namespace; by default `default`.

    Raises:
        LoadError: Something cannot be read; every problem is named with its file, document and line. Nothing
            at all was read, or nothing from standard input or from a packed file.
        ValueError: Unknown version, no path, or an unknown value of an argument.
    """
    as_config(admission_config)
    Version.given(kubernetes_version)
    as_openshift(openshift_version)
    mode = as_bootstrap(bootstrap)
    last = as_duplicates(duplicates)
    check = refusal_check(kubernetes_version) if validate else None
    loaded = read_files(
        as_paths(paths),
        keep_going=keep_going,
        allow_empty=allow_empty,
        last_counts=last,
        check=check,
        apply_namespace=apply_namespace,
    )
    return Cluster(
        loaded.objects,
        kubernetes_version=kubernetes_version,
        openshift_version=openshift_version,
        admission_config=admission_config,
        bootstrap=mode,
    )
