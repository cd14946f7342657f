"""Permissions to impersonate users, groups and service accounts.

A request that impersonates always names a user or a service account, and may also name groups, a uid and
extra fields (apiserver/pkg/endpoints/filters/impersonation.go, 1.24). From 1.36, constrained impersonation
grants single actions (KEP-5284).
"""

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_ESCALATION, IMPERSONATE, NSA_RBAC, VALID_ACCOUNTS, kubernetes
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Version
from rbacpsp.model.request import MASTERS

_AUTHENTICATION = "authentication.k8s.io"
_CONSTRAINED = Version(1, 36)

SOMEBODY = (
    Permission(("impersonate",), "users", namespaced=False),
    Permission(("impersonate",), "serviceaccounts"),
)
"""Every request that impersonates needs one of these: it always names a user or a service account."""


def _by_action(view: View) -> bool:
    """Whether the server has constrained impersonation: the feature is on by default from 1.36."""
    return view.version >= _CONSTRAINED


RULES = (
    Rule(
        id="RBP020",
        name="impersonate-users",
        title="Impersonates users",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=frozenset({"system:admin", "kubernetes-admin", "system:kube-controller-manager"}),
        why="Whoever may impersonate any user can act as each of them, including administrators and the "
        "control plane. These requests have no namespace, so only a ClusterRoleBinding grants this.",
        gain="Becomes any user, including cluster administrators.",
        remedy="Limit it by resourceNames to the intended users.",
        references=(CIS_ESCALATION, NSA_RBAC, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(SOMEBODY[0],),
    ),
    Rule(
        id="RBP021",
        name="impersonate-service-accounts",
        title="Impersonates service accounts",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        why="Whoever impersonates a service account has all of its permissions, without a token and without "
        "a pod.",
        gain="Becomes any service account in the scope of the grant; in kube-system this includes the "
        "cluster's controllers.",
        remedy="Limit it by resourceNames to the intended service accounts.",
        references=(CIS_ESCALATION, NSA_RBAC, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(Permission(("impersonate",), "serviceaccounts"),),
    ),
    Rule(
        id="RBP022",
        name="impersonate-extras",
        title="Impersonates the uid or the extra fields of users",
        severity=Severity.MEDIUM,
        why="Extra fields hold scopes and session data, which other authorizers and webhooks use for their "
        "decisions. A role grants them one by one as userextras/KEY; userextras/* is not a wildcard. The "
        "subject also needs permission to impersonate some user or service account.",
        gain="Attributes that an external authorizer or an admission webhook trusts.",
        remedy="Name the keys that are needed, and limit their values by resourceNames.",
        references=(NSA_RBAC, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(
            Permission(
                ("impersonate",), "userextras", _AUTHENTICATION, namespaced=False, any_subresource=True
            ),
            Permission(("impersonate",), "uids", _AUTHENTICATION, namespaced=False),
        ),
        also=SOMEBODY,
    ),
    Rule(
        id="RBP023",
        name="impersonate-groups",
        title="Impersonates groups",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=frozenset({MASTERS, "kubeadm:cluster-admins"}),
        why="Whoever may impersonate any group may impersonate system:masters, whose members are allowed "
        "everything before the server looks at any role. The subject also needs permission to impersonate "
        "some user or service account.",
        gain="The whole cluster.",
        remedy="Limit it by resourceNames to the intended groups.",
        references=(CIS_ESCALATION, NSA_RBAC, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(Permission(("impersonate",), "groups", namespaced=False),),
        also=SOMEBODY,
    ),
    Rule(
        id="RBP024",
        name="impersonate-for-actions",
        title="Impersonates others for some actions",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        named=Severity.LOW,
        why="From 1.36 on, two permissions are needed together: the verb impersonate:MODE names the "
        "identities that the subject may act as, and impersonate-on:MODE:VERB on a resource names what it "
        "may do with them.",
        gain="The named actions, with the permissions of the identities that it may impersonate.",
        remedy="Limit it by resourceNames to the intended identities, and limit impersonate-on to the "
        "actions that are needed.",
        references=(
            NSA_RBAC,
            IMPERSONATE,
            kubernetes("reference/access-authn-authz/user-impersonation/", "user impersonation"),
            VALID_ACCOUNTS,
        ),
        permissions=(
            *(
                Permission(("impersonate:user-info",), resource, _AUTHENTICATION, namespaced=False)
                for resource in ("users", "groups")
            ),
            Permission(("impersonate:serviceaccount",), "serviceaccounts", _AUTHENTICATION),
            Permission(
                ("impersonate:arbitrary-node", "impersonate:associated-node"),
                "nodes",
                _AUTHENTICATION,
                namespaced=False,
            ),
        ),
        applies=_by_action,
    ),
)
