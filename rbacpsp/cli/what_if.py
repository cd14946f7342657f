"""What-if: `--with FILE` and `--without KIND/NAME` change the cluster before it is asked."""

from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError
from rbacpsp.model import WORKLOAD_KINDS, Identity

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_LOCAL = ("Role", "RoleBinding", "ServiceAccount", "Pod", *WORKLOAD_KINDS)
_WHOLE = ("ClusterRole", "ClusterRoleBinding", "Namespace", "PodSecurityPolicy")
_SHORT = {
    "psp": "PodSecurityPolicy",
    "podsecuritypolicies": "PodSecurityPolicy",
    "sa": "ServiceAccount",
    "ns": "Namespace",
    "po": "Pod",
    "cj": "CronJob",
    "deploy": "Deployment",
    "ds": "DaemonSet",
    "rc": "ReplicationController",
    "rs": "ReplicaSet",
    "sts": "StatefulSet",
}
_KINDS = {kind.lower(): kind for kind in (*_LOCAL, *_WHOLE)}
_KINDS |= {f"{word}s": kind for word, kind in _KINDS.items()} | _SHORT


def read_identity(text: str, namespace: str) -> Identity:
    """The object that `KIND/NAME` or `KIND/NAMESPACE/NAME` names.

    Raises:
        InputError: The text has another form, or the kind is none that answers depend on.
    """
    word, *rest = text.split("/")
    kind = _KINDS.get(word.lower())
    if kind is None or not rest or len(rest) > 2 or not all(rest):
        raise InputError(
            [f'--without "{text}": write KIND/NAME or KIND/NAMESPACE/NAME, for example psp/100-psp'],
        )
    if kind in _WHOLE:
        if len(rest) == 2:
            raise InputError([f'--without "{text}": a {kind} is in no namespace: write {word}/{rest[1]}'])
        return (kind, "", rest[0])
    return (kind, rest[0], rest[1]) if len(rest) == 2 else (kind, namespace, rest[0])


def changed(cluster: "Cluster", files: tuple[str, ...], removed: tuple[str, ...]) -> "Cluster":
    """The cluster with the objects of files added or replaced, and others removed.

    Raises:
        InputError: A file cannot be read, or an object to remove is not there.
    """
    from rbacpsp.load import LoadError, read_files

    identities = [read_identity(text, "default") for text in removed]
    try:
        added = read_files(files).objects if files else None
        return cluster.changed(added, identities)
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    except KeyError as error:
        kind, namespace, name = error.args[0]
        where = f" in namespace {namespace}" if namespace else ""
        raise InputError([f"--without: there is no {kind} {name}{where} in the cluster"]) from None
