"""The Kubernetes objects that matter, as frozen values with Kubernetes' own field names."""

from rbacpsp.model.meta import Namespace, ObjectMeta, ServiceAccount
from rbacpsp.model.objects import AnyObject, Document, Identity, IdentityConflictError, Key, Objects, Origin
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
from rbacpsp.model.request import Request, User
from rbacpsp.model.version import Version
from rbacpsp.model.workload import WORKLOAD_KINDS, Manifest

__all__ = [
    "WORKLOAD_KINDS",
    "AggregationRule",
    "AnyObject",
    "ClusterRole",
    "ClusterRoleBinding",
    "Container",
    "Document",
    "Identity",
    "IdentityConflictError",
    "Key",
    "Manifest",
    "Namespace",
    "ObjectMeta",
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
    "ServiceAccount",
    "Subject",
    "User",
    "Version",
    "Volume",
]
