"""The columns of every frame, in order, each with what it says."""

from collections.abc import Mapping

CATEGORY = "category"
TEXT = "object"
"""Plain texts, which are joined by `+` and hold what categories would repeat for nothing."""
COUNT = "int64"
BOOL = "bool"

SUBJECT = "subject"
_SUBJECT = {
    SUBJECT: (TEXT, "the whole subject: `User/alice`, `Group/devs`, `ServiceAccount/namespace:name`"),
    "subject_kind": (CATEGORY, "`User`, `Group` or `ServiceAccount`"),
    "subject_namespace": (CATEGORY, "of a service account: the binding's own where the subject names none"),
    "subject_name": (CATEGORY, "the subject's name"),
}
_MAYBE_SUBJECT = {
    SUBJECT: (TEXT, "the whole subject, as in the other frames; empty where it is about none"),
    "subject_kind": (CATEGORY, "`User`, `Group` or `ServiceAccount`"),
    "subject_namespace": (CATEGORY, "of a service account"),
    "subject_name": (CATEGORY, "the subject's name"),
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
_ASSUMED = (BOOL, "no source holds it: it is as Kubernetes creates it")
_RESTS = (BOOL, "the binding or the role is assumed: no source holds it")
_SCOPE = (CATEGORY, "the namespace in which it holds; empty means everywhere")

COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "subjects": {
        SUBJECT: (TEXT, "the whole subject, as in the other frames"),
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
        "assumed": _ASSUMED,
    },
    "bindings": {
        "kind": (CATEGORY, "`RoleBinding` or `ClusterRoleBinding`"),
        "namespace": (CATEGORY, "where it is and holds; empty means everywhere"),
        "name": (CATEGORY, "the binding's name"),
        "role_kind": (CATEGORY, "the kind its roleRef names"),
        "role": (CATEGORY, "the name its roleRef names"),
        "subjects": (COUNT, "how many different subjects it names"),
        "error": (CATEGORY, "the server's words where the roleRef leads nowhere"),
        "assumed": _ASSUMED,
    },
    "roles": {
        "kind": (CATEGORY, "`Role` or `ClusterRole`"),
        "namespace": (CATEGORY, "where a Role is"),
        "name": (CATEGORY, "the role's name"),
        "rules": (COUNT, "how many rules it has"),
        "bindings": (COUNT, "how many bindings refer to it"),
        "aggregated": (BOOL, "it has an aggregationRule"),
        "computed": (BOOL, "its rules were computed from that, since it was loaded without any"),
        "assumed": _ASSUMED,
    },
    "rules": {
        "role_kind": (CATEGORY, "`Role` or `ClusterRole`"),
        "role_namespace": (CATEGORY, "where a Role is"),
        "role": (CATEGORY, "the role's name"),
        "rule": (COUNT, "the place of the rule in the role, from 0"),
        **_RULE,
        "assumed": (BOOL, "no source holds the role: it is as Kubernetes creates it"),
    },
    "grants": {**_SUBJECT, "scope": _SCOPE, **_THROUGH, **_RULE, "assumed": _RESTS},
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
        "assumed": _RESTS,
    },
    "findings": {
        "severity": (CATEGORY, "`critical`, `high`, `medium`, `low` or `info`"),
        "rule": (CATEGORY, "the rule's id, for example `RBP041`"),
        "title": (CATEGORY, "what was found, in a few words"),
        **_MAYBE_SUBJECT,
        "scope": _SCOPE,
        "about_kind": (
            CATEGORY,
            "the kind of the object that it is about; empty for a subject",
        ),
        "about_namespace": (CATEGORY, "its namespace"),
        "about": (CATEGORY, "its name"),
        "permission": (CATEGORY, "what is granted, in words; empty where it is no permission"),
        "detail": (CATEGORY, "what else is to be said"),
        "grants": (COUNT, "how many rules of bindings give it"),
        "change": (CATEGORY, "the smallest change that removes it"),
        "fingerprint": (TEXT, "what tells it from other findings, the same in every audit"),
    },
    "paths": {
        **_MAYBE_SUBJECT,
        "goal": (CATEGORY, "where the path leads: `cluster-admin` or `node`, or as asked for"),
        "actions": (COUNT, "how many actions the whole path takes"),
        "step": (COUNT, "the place of this step in the path, from 1"),
        "who": (CATEGORY, "who takes the step"),
        "how": (CATEGORY, "what is done"),
        "reaches": (CATEGORY, "what it leads to"),
        "permission": (CATEGORY, "the permission that it takes; empty where it takes none"),
        "through": (CATEGORY, "the binding and the rule that give it"),
        "because": (CATEGORY, "what else it rests on"),
        "own": (BOOL, "the path is one of Kubernetes' own components"),
    },
    "workloads": {
        "namespace": (CATEGORY, "where it is"),
        "kind": (CATEGORY, "the workload's kind; `Pod` for a pod without a workload"),
        "name": (CATEGORY, "its name"),
        "subject": (TEXT, "the service account of its pods, as in the other frames; empty for mirror pods"),
        "service_account": (CATEGORY, "the name of that account"),
        "creator": (CATEGORY, "the user that creates its pods; empty where nothing says who"),
        "pods": (COUNT, "how many of its pods were loaded"),
        "verdict": (CATEGORY, "what policies would say, as in `psp simulate`; empty where there are none"),
        "refused": (BOOL, "a pod of it would not be admitted by policies"),
        "policy": (CATEGORY, "the policies that its pods would get"),
        "recorded": (CATEGORY, "the policies that its pods carry the record of"),
        "message": (CATEGORY, "the server's words of a refusal"),
        "notes": (CATEGORY, "what is special about it"),
    },
    "pod_security": {
        "namespace": (CATEGORY, "a namespace that was loaded, or that something runs in"),
        "enforce": (CATEGORY, "the level that it enforces: `privileged`, `baseline` or `restricted`"),
        "enforce_version": (CATEGORY, "the version of that level: `latest` or for example `v1.25`"),
        "audit": (CATEGORY, "the level that it audits"),
        "warn": (CATEGORY, "the level that it warns about"),
        "exempt": (BOOL, "the admission configuration exempts it: labels have no effect"),
        "could_enforce": (CATEGORY, "the strictest level that everything in it meets"),
        "pods": (COUNT, "how many pods were judged"),
        "workloads": (COUNT, "how many templates of workloads were judged"),
        "blockers": (COUNT, "how many of them fail the next level"),
        "checks": (CATEGORY, "the checks that they fail"),
    },
    "who_can": {
        **_SUBJECT,
        "scope": _SCOPE,
        "through": (
            CATEGORY,
            "the subject as the binding writes it, when that is another: `Group system:authenticated`",
        ),
        "controls": (CATEGORY, "the kinds whose pods this service account creates"),
        **_THROUGH,
        "assumed": _RESTS,
    },
    "changes": {
        "change": (CATEGORY, "`gained` or `lost`"),
        **_SUBJECT,
        "scope": _SCOPE,
        **_RULE,
        "except": (CATEGORY, "what of the rule is allowed before and after, in words"),
        "bindings": (CATEGORY, "the bindings that give it, in the new state, or of what was lost in the old"),
        "roles": (CATEGORY, "their roles"),
    },
    "usage": {
        **_SUBJECT,
        "scope": _SCOPE,
        **_THROUGH,
        "used": (BOOL, "it allowed at least one recorded request"),
        "count": (COUNT, "how many recorded requests it allowed; others may have allowed them as well"),
        "alone": (COUNT, "how many of them nothing else allowed"),
        "last": (CATEGORY, "when the last of them was made; empty where there is none"),
    },
}
"""By frame and column: the dtype, and what the column says."""
