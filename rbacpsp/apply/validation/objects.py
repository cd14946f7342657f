"""Validates an object of any kind, and words the server's complete message."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rbacpsp.apply.validation.constraints import constraint_errors
from rbacpsp.apply.validation.metadata import finalizer_errors, metadata_errors
from rbacpsp.apply.validation.policies import policy_errors
from rbacpsp.apply.validation.roles import binding_errors, role_errors, role_ref_change
from rbacpsp.model.field_error import FieldError, FieldPath, invalid, invalid_object
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.meta import Namespace
from rbacpsp.model.names import label_errors, subdomain_errors
from rbacpsp.model.objects import AnyObject
from rbacpsp.model.psp import PodSecurityPolicy
from rbacpsp.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version

_NAME_LABEL = "kubernetes.io/metadata.name"
_NAME_LABEL_SINCE = Version(1, 21)
_LONGEST_CRON_JOB = 52
_STATEFUL_NAMES_SINCE = Version(1, 27)
"""Since then the name of a new StatefulSet is a DNS label, since its pods are named after it."""


def object_errors(obj: AnyObject, version: Version, *, replaces: bool = False) -> Iterator[FieldError]:
    """Everything that is wrong with an object that is created, in the server's order.

    With `replaces` it replaces a stored object. The pods of workloads are not validated here: see
    `rbacpsp.pods.validation`.
    """
    if isinstance(obj, Role | ClusterRole):
        yield from role_errors(obj, version)
    elif isinstance(obj, RoleBinding | ClusterRoleBinding):
        yield from binding_errors(obj, version)
    elif isinstance(obj, PodSecurityPolicy):
        yield from policy_errors(obj, version)
    elif isinstance(obj, Namespace):
        yield from _namespace_errors(obj, version, replaces=replaces)
    elif isinstance(obj, SecurityContextConstraints):
        yield from constraint_errors(obj, version)
    else:
        names = subdomain_errors
        if obj.kind == "StatefulSet" and version >= _STATEFUL_NAMES_SINCE and not replaces:
            names = label_errors
        yield from metadata_errors(obj.metadata, version, names, namespaced=True)
        if obj.kind == "CronJob" and len(obj.metadata.name.encode()) > _LONGEST_CRON_JOB:
            words = f"must be no more than {_LONGEST_CRON_JOB} characters"
            yield invalid(FieldPath.of("metadata", "name"), obj.metadata.name, words)


def change_errors(obj: AnyObject, old: AnyObject, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with an object that replaces a stored one of its kind and name."""
    yield from object_errors(obj, version, replaces=True)
    if isinstance(obj, RoleBinding | ClusterRoleBinding) and isinstance(
        old, RoleBinding | ClusterRoleBinding
    ):
        yield from role_ref_change(obj, old, version)


def object_refusal(obj: AnyObject, errors: Iterable[FieldError]) -> str:
    """The server's complete message about an object with these errors."""
    return invalid_object(obj.kind, BY_NAME[obj.kind].group, obj.metadata.name, errors)


def _namespace_errors(namespace: Namespace, version: Version, *, replaces: bool) -> Iterator[FieldError]:
    metadata = namespace.metadata
    if metadata.name and version >= _NAME_LABEL_SINCE:
        # The server labels every namespace with its name before it validates.
        metadata = replace(metadata, labels={**metadata.labels, _NAME_LABEL: metadata.name})
    yield from metadata_errors(metadata, version, label_errors, namespaced=False)
    if not replaces:  # on an update the server keeps the stored finalizers
        yield from finalizer_errors(namespace.spec.finalizers, FieldPath.of("spec", "finalizers"), version)
