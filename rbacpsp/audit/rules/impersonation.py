"""Acting as somebody else."""

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import CIS_ESCALATION, IMPERSONATE, VALID_ACCOUNTS
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.model.request import MASTERS

_AUTHENTICATION = "authentication.k8s.io"

SOMEBODY = (
    Permission(("impersonate",), "users", namespaced=False),
    Permission(("impersonate",), "serviceaccounts"),
)
"""A request that impersonates names a user or a service account in every case."""

RULES = (
    Rule(
        id="RBP020",
        name="impersonate-users",
        title="Impersonates users",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=frozenset({"system:admin", "kubernetes-admin", "system:kube-controller-manager"}),
        why="Whoever may impersonate any user acts as each of them, administrators and control plane "
        "included. These requests carry no namespace, so only a ClusterRoleBinding grants it.",
        gain="Becomes any user, cluster administrators included.",
        remedy="Limit it by resourceNames to the users that are meant.",
        references=(CIS_ESCALATION, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(SOMEBODY[0],),
    ),
    Rule(
        id="RBP021",
        name="impersonate-service-accounts",
        title="Impersonates service accounts",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        why="Impersonating a service account gives all of its permissions, without a token and without a "
        "pod.",
        gain="Becomes any service account within reach; in kube-system also the cluster's controllers.",
        remedy="Limit it by resourceNames to the service accounts that are meant.",
        references=(CIS_ESCALATION, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(Permission(("impersonate",), "serviceaccounts"),),
    ),
    Rule(
        id="RBP022",
        name="impersonate-extras",
        title="Impersonates the uid or the extra fields of users",
        severity=Severity.MEDIUM,
        why="Extra fields carry scopes and session data that other authorizers and webhooks decide by. A "
        "role grants them one by one as userextras/KEY; a literal userextras/* is no wildcard.",
        gain="Attributes that an external authorizer or an admission webhook trusts.",
        remedy="Name the keys that are needed, and limit their values by resourceNames.",
        references=(IMPERSONATE, VALID_ACCOUNTS),
        permissions=(
            Permission(
                ("impersonate",), "userextras", _AUTHENTICATION, namespaced=False, any_subresource=True
            ),
            Permission(("impersonate",), "uids", _AUTHENTICATION, namespaced=False),
        ),
    ),
    Rule(
        id="RBP023",
        name="impersonate-groups",
        title="Impersonates groups",
        severity=Severity.CRITICAL,
        named=Severity.MEDIUM,
        grave=frozenset({MASTERS}),
        why="Whoever may impersonate any group may impersonate system:masters, who are allowed everything "
        "before any role is looked at. Needed besides is some user or service account that may be "
        "impersonated.",
        gain="The whole cluster.",
        remedy="Limit it by resourceNames to the groups that are meant.",
        references=(CIS_ESCALATION, IMPERSONATE, VALID_ACCOUNTS),
        permissions=(Permission(("impersonate",), "groups", namespaced=False),),
        also=SOMEBODY,
    ),
)
