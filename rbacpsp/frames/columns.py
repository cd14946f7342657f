"""The columns of every frame, in order, each with what it says."""

from collections.abc import Mapping

CATEGORY = "category"
COUNT = "int64"
BOOL = "bool"

_SUBJECT = {
    "subject_kind": (CATEGORY, "`User`, `Group` or `ServiceAccount`"),
    "subject_namespace": (CATEGORY, "of a service account: the binding's own where the subject names none"),
    "subject": (CATEGORY, "the subject's name"),
}
_THROUGH = {
    "binding_kind": (CATEGORY, "`RoleBinding` or `ClusterRoleBinding`"),
    "binding": (CATEGORY, "the binding's name; its namespace is the scope"),
    "role_kind": (CATEGORY, "`Role` or `ClusterRole`"),
    "role": (CATEGORY, "the role's name; the namespace of a Role is the scope"),
    "rule": (COUNT, "the place of the rule in the role, from 0"),
}
_RULE = {
    "verbs": (CATEGORY, "the rule's verbs"),
    "api_groups": (CATEGORY, "its API groups; the core group is empty"),
    "resources": (CATEGORY, "its resources"),
    "resource_names": (CATEGORY, "its resource names; empty means every name"),
    "non_resource_urls": (CATEGORY, "its URLs"),
}
_SCOPE = (CATEGORY, "the namespace in which it holds; empty means everywhere")

COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "subjects": {
        "kind": (CATEGORY, "`User`, `Group`, `ServiceAccount`, or what else a binding writes"),
        "namespace": (CATEGORY, "of a service account"),
        "name": (CATEGORY, "the subject's name"),
        "loaded": (
            BOOL,
            "a ServiceAccount of this name was read; false for users and groups, which are no objects",
        ),
        "real": (
            BOOL,
            "a user can be this subject; false for an account without namespace, or an unknown kind",
        ),
        "bindings": (COUNT, "how many bindings name it, memberships of groups left aside"),
    },
    "bindings": {
        "kind": (CATEGORY, "`RoleBinding` or `ClusterRoleBinding`"),
        "namespace": (CATEGORY, "where it is and holds; empty means everywhere"),
        "name": (CATEGORY, "the binding's name"),
        "role_kind": (CATEGORY, "the kind its roleRef names"),
        "role": (CATEGORY, "the name its roleRef names"),
        "subjects": (COUNT, "how many different subjects it names"),
        "error": (CATEGORY, "the server's words where the roleRef leads nowhere"),
    },
    "roles": {
        "kind": (CATEGORY, "`Role` or `ClusterRole`"),
        "namespace": (CATEGORY, "where a Role is"),
        "name": (CATEGORY, "the role's name"),
        "rules": (COUNT, "how many rules it has"),
        "bindings": (COUNT, "how many bindings refer to it"),
        "aggregated": (BOOL, "it has an aggregationRule"),
        "computed": (BOOL, "its rules were computed from that, since it was loaded without any"),
    },
    "rules": {
        "role_kind": (CATEGORY, "`Role` or `ClusterRole`"),
        "role_namespace": (CATEGORY, "where a Role is"),
        "role": (CATEGORY, "the role's name"),
        "rule": (COUNT, "the place of the rule in the role, from 0"),
        **_RULE,
    },
    "grants": {**_SUBJECT, "scope": _SCOPE, **_THROUGH, **_RULE},
    "policies": {
        "policy": (CATEGORY, "the name"),
        "privileged": (BOOL, "allows privileged containers"),
        "allow_privilege_escalation": (BOOL, "allows privilege escalation"),
        "host_network": (BOOL, "allows the host's network"),
        "host_pid": (BOOL, "allows the host's process ids"),
        "host_ipc": (BOOL, "allows the host's IPC"),
        "read_only_root_filesystem": (BOOL, "demands a read-only root file system"),
        "run_as_user": (CATEGORY, "the rule for user ids"),
        "run_as_group": (CATEGORY, "the rule for group ids; empty where the policy has none"),
        "supplemental_groups": (CATEGORY, "the rule for further groups"),
        "fs_group": (CATEGORY, "the rule for the volumes' group"),
        "se_linux": (CATEGORY, "the rule for SELinux labels"),
        "volumes": (CATEGORY, "the kinds of volume it allows"),
        "allowed_capabilities": (CATEGORY, "the capabilities that may be added"),
        "default_add_capabilities": (CATEGORY, "those that are added"),
        "required_drop_capabilities": (CATEGORY, "those that are dropped"),
    },
    "policy_users": {
        "policy": (CATEGORY, "a policy that was loaded"),
        **_SUBJECT,
        "scope": _SCOPE,
        "through": (
            CATEGORY,
            "the subject as the binding writes it, when that is another: `Group system:authenticated`",
        ),
        "controls": (CATEGORY, "the kinds whose pods this service account creates"),
        **_THROUGH,
        "wildcard": (BOOL, "the rule does not name the policy: it reaches every policy"),
    },
}
"""By frame and column: the dtype, and what the column says."""
