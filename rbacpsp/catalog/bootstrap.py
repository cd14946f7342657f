"""The objects that Kubernetes creates for itself, as each release from 1.16 on creates them.

`data/bootstrap.jsonl` has the RBAC objects of plugin/pkg/auth/authorizer/rbac/bootstrappolicy under the
default feature gates (tools/bootstrap/generate.py writes it), `data/kubeadm.jsonl` what
cmd/kubeadm/app/phases adds so that nodes can join. Each line is an object with the first and the last release
that creates it in this form. ClusterRoles with an aggregationRule are stored without rules: the aggregation
controller fills them in.

The namespaces are those of pkg/controlplane/controller/systemnamespaces; the service accounts are those of
pkg/controller/serviceaccount and of the controllers, which create theirs on demand.
"""

from collections.abc import Iterator
from functools import cache

from rbacpsp.catalog.object_records import RBACObject, recorded
from rbacpsp.model import ClusterRoleBinding, Namespace, RoleBinding, ServiceAccount, Version
from rbacpsp.model.meta import AssumedMeta, ObjectReference

OLDEST = Version(1, 16)
"""The first release whose objects are recorded."""
LATEST = Version(1, 37)
"""The last release whose objects are recorded."""
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
"""The namespaces that every server has."""
DEFAULT_ACCOUNT = "default"
"""The service account that a controller creates in every namespace."""

_NAMES_LABELED_SINCE = Version(1, 21)
"""Since this version every namespace has its name as a label."""
_TOKENS_MADE_UNTIL = Version(1, 23)
"""The last version in which a controller creates a token secret for every service account."""
_RANDOM = "xxxxx"


@cache
def bootstrap_policy(version: Version) -> tuple[RBACObject, ...]:
    """The roles and bindings that the API server of a release creates when it starts.

    A release older or newer than all recorded ones gets those of the nearest one.
    """
    return tuple(_created("bootstrap.jsonl", version))


@cache
def kubeadm_policy(version: Version) -> tuple[RBACObject, ...]:
    """The roles and bindings that kubeadm adds."""
    return tuple(_created("kubeadm.jsonl", version))


@cache
def every_policy() -> tuple[RBACObject, ...]:
    """The roles and bindings that any recorded release or kubeadm creates, in each of their forms."""
    return tuple(obj for file in ("bootstrap.jsonl", "kubeadm.jsonl") for obj in _created(file, None))


@cache
def bootstrap_namespaces(version: Version) -> tuple[Namespace, ...]:
    """The namespaces that the server of a release creates when it starts."""
    labeled = version >= _NAMES_LABELED_SINCE
    return tuple(
        Namespace(
            api_version="v1",
            metadata=AssumedMeta(name=name, labels={"kubernetes.io/metadata.name": name} if labeled else {}),
        )
        for name in NAMESPACES
    )


@cache
def controller_accounts(version: Version) -> tuple[ServiceAccount, ...]:
    """The service accounts of a release's controllers, all of them in kube-system."""
    accounts = {
        (subject.namespace, subject.name)
        for obj in bootstrap_policy(version)
        if isinstance(obj, RoleBinding | ClusterRoleBinding)
        for subject in obj.subjects
        if subject.kind == "ServiceAccount"
    }
    return tuple(made_account(namespace, name, version) for namespace, name in sorted(accounts))


def made_account(namespace: str, name: str, version: Version) -> ServiceAccount:
    """A service account as a controller creates it, with a token secret where the release creates one."""
    secret = ObjectReference(name=f"{name}-token-{_RANDOM}")
    return ServiceAccount(
        api_version="v1",
        metadata=AssumedMeta(name=name, namespace=namespace),
        secrets=(secret,) if version <= _TOKENS_MADE_UNTIL else (),
    )


def recorded_release(version: Version) -> Version:
    """The release whose objects are taken for a version: the nearest one that is recorded."""
    return min(max(version, OLDEST), LATEST)


def _created(file: str, version: Version | None) -> Iterator[RBACObject]:
    for obj in recorded(file, None if version is None else recorded_release(version)):
        if isinstance(obj, RBACObject):
            yield obj
