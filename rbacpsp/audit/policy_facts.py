"""Facts about a PodSecurityPolicy: whether its pods can take over a node, what it changes, who may use it."""

from collections.abc import Iterator
from posixpath import normpath

from msgspec import Struct

from rbacpsp.audit.finding import Binding
from rbacpsp.audit.permission import Match, Permission, match
from rbacpsp.audit.view import View
from rbacpsp.model import PodSecurityPolicy, Subject
from rbacpsp.model.psp import GROUPS, IDStrategy
from rbacpsp.rbac.table import RoleRules

RESOURCE = "podsecuritypolicies"
USE = tuple(Permission(("use",), RESOURCE, group) for group in GROUPS)

TAKEOVER_CAPABILITIES = frozenset(
    {"*", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_BOOT", "DAC_READ_SEARCH", "BPF"}
)
_SENSITIVE = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
)
_SENSITIVE_STATE = ("/usr", "/var/lib", "/var/run", "/var/spool", "/var/log")

_SECCOMP_DEFAULT = "seccomp.security.alpha.kubernetes.io/defaultProfileName"
_APPARMOR_DEFAULT = "apparmor.security.beta.kubernetes.io/defaultProfileName"


def node_takeover(policy: PodSecurityPolicy) -> tuple[str, ...]:
    """The fields of the policy that admit pods which become root on their node; empty if there are none.

    Source: the controls of the baseline Pod Security Standard against container escapes.
    """
    spec = policy.spec
    dangers = []
    if spec.privileged:
        dangers.append("privileged")
    added = {*spec.allowed_capabilities, *spec.default_add_capabilities}
    dangers += [f"allowedCapabilities {name}" for name in sorted(added & TAKEOVER_CAPABILITIES)]
    if spec.host_pid and "SYS_PTRACE" in added:
        dangers.append("hostPID with SYS_PTRACE")
    if {"hostPath", "*"} & set(spec.volumes) and may_be_root(spec.run_as_user):
        if not spec.allowed_host_paths:
            dangers.append("hostPath of any folder")
        dangers += [
            f"hostPath {path.path_prefix}"
            for path in spec.allowed_host_paths
            if not path.read_only and _is_sensitive(path.path_prefix)
        ]
    return tuple(dangers)


def may_be_root(strategy: IDStrategy) -> bool:
    """Whether runAsUser admits user 0."""
    return strategy.rule == "RunAsAny" or any(0 in id_range for id_range in strategy.ranges)


def _is_sensitive(prefix: str) -> bool:
    path = normpath(prefix).rstrip("/")
    return any(
        path in {"", known} or known.startswith(f"{path}/") or path.startswith(f"{known}/")
        for known in (*_SENSITIVE, *_SENSITIVE_STATE)
    )


def changes(policy: PodSecurityPolicy) -> tuple[str, ...]:
    """The fields by which the policy may change a pod; empty if it never changes a pod that it admits.

    Source: pkg/security/podsecuritypolicy/provider.go and its strategies (1.24).
    """
    spec, annotations = policy.spec, policy.metadata.annotations
    runtime = spec.runtime_class
    by_field = {
        "defaultAddCapabilities": bool(spec.default_add_capabilities),
        "requiredDropCapabilities": bool(spec.required_drop_capabilities),
        "seLinux": spec.se_linux.rule != "RunAsAny",
        "runAsUser": spec.run_as_user.rule != "RunAsAny",
        "runAsGroup": spec.run_as_group is not None and spec.run_as_group.rule == "MustRunAs",
        "supplementalGroups": spec.supplemental_groups.rule == "MustRunAs",
        "fsGroup": spec.fs_group.rule == "MustRunAs",
        "readOnlyRootFilesystem": spec.read_only_root_filesystem,
        "defaultAllowPrivilegeEscalation": spec.default_allow_privilege_escalation is not None,
        "allowPrivilegeEscalation": not spec.allow_privilege_escalation,
        "runtimeClass": runtime is not None and bool(runtime.default_runtime_class_name),
        "seccomp": _SECCOMP_DEFAULT in annotations,
        "appArmor": _APPARMOR_DEFAULT in annotations,
    }
    return tuple(name for name, changed in by_field.items() if changed)


class PolicyUseGrant(Struct, frozen=True):
    """A subject that may use a policy, through one rule of one binding."""

    subject: Subject
    scope: str
    binding: Binding
    role: RoleRules
    rule_index: int
    match: Match
    by_wildcard: bool
    """Whether the rule grants it by a `*`, without naming both `use` and `podsecuritypolicies`."""


class PolicyUseGrants:
    """Who may use which policy."""

    def __init__(self, view: View) -> None:
        self.all = tuple(_uses(view))
        self._of: dict[str, tuple[PolicyUseGrant, ...]] = {}
        self._holders: dict[str, frozenset[tuple[Subject, str]]] = {}

    def of(self, policy: str) -> tuple[PolicyUseGrant, ...]:
        """The uses of one policy, including those by wildcard."""
        uses = self._of.get(policy)
        if uses is None:
            named = (use for use in self.all if not use.match.names or policy in use.match.names)
            uses = self._of[policy] = tuple(named)
        return uses

    def holders(self, policy: str) -> frozenset[tuple[Subject, str]]:
        """The subjects that may use a policy, each with its scope."""
        holders = self._holders.get(policy)
        if holders is None:
            holders = frozenset((use.subject, use.scope) for use in self.of(policy))
            self._holders[policy] = holders
        return holders


def _uses(view: View) -> Iterator[PolicyUseGrant]:
    known: dict[int, list[tuple[int, Match, bool]]] = {}
    for granted in view.granted:
        role = granted.role
        uses = known.get(id(role))
        if uses is None:
            uses = known[id(role)] = list(_policy_uses(role))
        for subject in granted.subjects if uses else ():
            for index, matched, by_wildcard in uses:
                yield PolicyUseGrant(
                    subject, granted.scope, granted.binding, role, index, matched, by_wildcard
                )


def _policy_uses(role: RoleRules) -> Iterator[tuple[int, Match, bool]]:
    for index, rule in enumerate(role.rules):
        for permission in USE:
            matched = match(rule, permission)
            if matched is not None:
                spelled = "use" in rule.verbs and RESOURCE in rule.resources
                yield index, matched, not spelled
                break
