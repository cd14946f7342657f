"""Permissions on secrets and on the tokens of service accounts."""

from rbacpsp.audit.permission import CHANGE, READ, WRITE, Permission
from rbacpsp.audit.references import (
    CIS_SECRETS,
    CIS_TOKENS,
    CONTAINER_API,
    LISTING_SECRETS,
    NSA_AUTHENTICATION,
    NSA_RBAC,
    NSA_SECRETS,
    STEAL_TOKEN,
    TOKEN_REQUEST,
    VALID_ACCOUNTS,
    attack,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity

READ_SECRETS = "RBP010"

RULES = (
    Rule(
        id=READ_SECRETS,
        name="read-secrets",
        title="Reads every secret",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="list and watch return the contents of secrets, not only their names. With get alone, the names "
        "can often be guessed.",
        gain="Passwords, keys, and the tokens of service accounts that are kept in secrets.",
        remedy="Grant get only for the secrets that are needed, by resourceNames.",
        references=(CIS_SECRETS, NSA_SECRETS, LISTING_SECRETS, CONTAINER_API),
        permissions=(Permission(READ, "secrets"),),
    ),
    Rule(
        id="RBP011",
        name="write-secrets",
        title="Writes secrets",
        severity=Severity.HIGH,
        namespaced=Severity.LOW,
        why="A secret of type service-account-token makes the token controller issue a token for any service "
        "account of the namespace, and a changed secret reaches every pod that mounts it.",
        gain="A token of a service account that never expires (if the subject can also read secrets), or "
        "control over the credentials that pods trust.",
        remedy="Limit update and patch to named secrets; grant create only to the controllers that need it.",
        references=(CIS_SECRETS, NSA_SECRETS, STEAL_TOKEN, LISTING_SECRETS),
        permissions=(Permission(WRITE, "secrets"),),
    ),
    Rule(
        id="RBP012",
        name="request-tokens",
        title="Requests tokens of service accounts",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        named=Severity.MEDIUM,
        why="create on serviceaccounts/token returns a valid token of the named service account.",
        gain="Becomes any service account in the scope of the grant.",
        remedy="Limit it by resourceNames to the intended service accounts.",
        references=(CIS_TOKENS, NSA_AUTHENTICATION, TOKEN_REQUEST, STEAL_TOKEN),
        permissions=(Permission(("create",), "serviceaccounts/token"),),
    ),
    Rule(
        id="RBP013",
        name="write-service-accounts",
        title="Changes service accounts",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Annotations of a service account name the cloud identity that its pods get, and its lists of "
        "secrets and image pull secrets name the secrets that its pods get.",
        gain="The cloud permissions of another identity, for the pods of a service account.",
        remedy="Grant update and patch of serviceaccounts only to deployment tools.",
        references=(CIS_TOKENS, NSA_RBAC, VALID_ACCOUNTS),
        permissions=(Permission(CHANGE, "serviceaccounts"),),
    ),
    Rule(
        id="RBP014",
        name="write-system-configuration",
        title="Writes the ConfigMaps of kube-system",
        severity=Severity.HIGH,
        namespaced=Severity.HIGH,
        named=Severity.HIGH,
        why="ConfigMaps of kube-system configure the cluster's components: aws-auth maps cloud identities to "
        "groups such as system:masters, coredns decides how DNS names are answered, and kube-proxy and the "
        "kubelets read their own.",
        gain="On EKS membership of system:masters, through aws-auth; elsewhere control of the cluster's "
        "traffic.",
        remedy="Grant ConfigMaps in the namespaces that need them, never in kube-system.",
        references=(
            NSA_RBAC,
            kubernetes("concepts/configuration/configmap/", "ConfigMaps"),
            attack("T1098", "Account Manipulation"),
        ),
        permissions=(
            Permission(
                CHANGE,
                "configmaps",
                namespaces=("kube-system",),
                only=("aws-auth", "coredns", "kube-proxy", "kubeadm-config", "kubelet-config"),
            ),
        ),
    ),
)
