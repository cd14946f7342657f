"""The objects of rbac.authorization.k8s.io."""

from msgspec import field
from msgspec.structs import force_setattr

from rbacpsp.model.argument_types import require
from rbacpsp.model.meta import Object, ObjectPart

GROUP = "rbac.authorization.k8s.io"


class PolicyRule(ObjectPart, frozen=True):
    """What a role allows; strings match literally, except for the wildcards that each field supports."""

    verbs: tuple[str, ...] = ()
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = field(default=(), name="nonResourceURLs")


class LabelSelectorRequirement(ObjectPart, frozen=True):
    """One expression of a label selector."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(ObjectPart, frozen=True):
    """Conditions on labels that must all be met; an empty selector matches everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


class AggregationRule(ObjectPart, frozen=True):
    """Selectors of the ClusterRoles whose rules a controller copies into this one."""

    cluster_role_selectors: tuple[LabelSelector, ...] = ()


class Role(Object, frozen=True):
    """Rules within one namespace."""

    rules: tuple[PolicyRule, ...] = ()


class ClusterRole(Object, frozen=True):
    """Rules for the whole cluster, or for any namespace whose RoleBinding refers to it."""

    rules: tuple[PolicyRule, ...] = ()
    aggregation_rule: AggregationRule | None = None


class RoleRef(ObjectPart, frozen=True):
    """The role that a binding grants; its `api_group` is defaulted (pkg/apis/rbac/v1/defaults.go, 1.24)."""

    api_group: str = GROUP
    kind: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not self.api_group:
            force_setattr(self, "api_group", GROUP)


class Subject(ObjectPart, frozen=True, order=True):
    """A user, group or service account as a binding writes it; an absent `namespace` is empty.

    The `api_group` of a User or Group is defaulted (pkg/apis/rbac/v1/defaults.go, 1.24).
    """

    kind: str = ""
    name: str = ""
    namespace: str = ""
    api_group: str = ""

    def __post_init__(self) -> None:
        if not (
            type(self.kind) is type(self.name) is type(self.namespace) is type(self.api_group) is str
        ):  # the fastest test, since the value is nearly always right
            for name in ("kind", "name", "namespace", "api_group"):
                require(name, getattr(self, name), str, "a string")
        if not self.api_group and self.kind in {"User", "Group"}:
            force_setattr(self, "api_group", GROUP)


class RoleBinding(Object, frozen=True):
    """Grants a Role of its namespace, or a ClusterRole limited to its namespace."""

    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef = field(default_factory=RoleRef)


class ClusterRoleBinding(Object, frozen=True):
    """Grants a ClusterRole in every namespace and on cluster-scoped resources."""

    subjects: tuple[Subject, ...] = ()
    role_ref: RoleRef = field(default_factory=RoleRef)
