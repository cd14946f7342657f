"""The Kubernetes objects on which answers depend, as frozen values with Kubernetes' own field names."""

from rbacpsp.model.kinds import KINDS, WORKLOAD_KINDS, Kind
from rbacpsp.model.meta import Namespace, ObjectMeta, ServiceAccount
from rbacpsp.model.objects import AnyObject, AnyStruct, Identity, Key, Objects
from rbacpsp.model.origin import Document, IdentityConflictError, ObjectOrigin
from rbacpsp.model.pod import Container, Pod, PodSecurityContext, PodSpec, SecurityContext, Volume
from rbacpsp.model.psp import PodSecurityPolicy, PodSecurityPolicySpec
from rbacpsp.model.rbac import (
    AggregationRule,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacpsp.model.request import AdmissionRequest, Request, User
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version
from rbacpsp.model.workload import Manifest

Origin = ObjectOrigin
"""The earlier name of `ObjectOrigin`, which still works."""

__all__ = [
    "KINDS",
    "WORKLOAD_KINDS",
    "AdmissionRequest",
    "AggregationRule",
    "AnyObject",
    "AnyStruct",
    "ClusterRole",
    "ClusterRoleBinding",
    "Container",
    "Document",
    "Identity",
    "IdentityConflictError",
    "Key",
    "Kind",
    "Manifest",
    "Namespace",
    "ObjectMeta",
    "ObjectOrigin",
    "Objects",
    "Origin",
    "Pod",
    "PodSecurityContext",
    "PodSecurityPolicy",
    "PodSecurityPolicySpec",
    "PodSpec",
    "PolicyRule",
    "Request",
    "Role",
    "RoleBinding",
    "RoleRef",
    "SecurityContext",
    "SecurityContextConstraints",
    "ServiceAccount",
    "Subject",
    "User",
    "Version",
    "Volume",
]
