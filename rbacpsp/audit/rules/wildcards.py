"""Roles that grant by `*`: every API that is added to the cluster adds to what they grant."""

from rbacpsp.audit.permission import READ, Permission
from rbacpsp.audit.references import (
    CIS_CLUSTER_ADMIN,
    CIS_WILDCARDS,
    CLUSTER_ROLES,
    DISCOVERY,
    LEAST_PRIVILEGE,
    NSA_RBAC,
    VALID_ACCOUNTS,
)
from rbacpsp.audit.rule import Rule, Wildcard
from rbacpsp.audit.severity import Severity

_EVERYTHING = (Permission(("*",), "*", "*"),)

RULES = (
    Rule(
        id="RBP001",
        name="full-control",
        title="Full control by wildcard",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        why="Every verb on every resource includes reading secrets, impersonation, changing roles and every "
        "API that is installed later. In one namespace it means full control of the namespace and of each of "
        "its service accounts. This finding replaces all others that the same rule would cause.",
        gain="The whole cluster, or the whole namespace.",
        remedy="Grant only the verbs and resources that are needed; keep cluster-admin for emergency "
        "(break-glass) accounts.",
        references=(CIS_CLUSTER_ADMIN, CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE, VALID_ACCOUNTS),
        permissions=_EVERYTHING,
        wildcard=Wildcard.COUNTED,
    ),
    Rule(
        id="RBP002",
        name="read-everything",
        title="Reads every resource by wildcard",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="Reading everything includes every secret, and with it every service account token that is "
        "stored in a secret.",
        gain="All credentials that are stored in the cluster or the namespace.",
        remedy="List the resources that the subject needs to read, without secrets.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE, DISCOVERY),
        permissions=(Permission(READ, "*", "*"),),
    ),
    Rule(
        id="RBP003",
        name="write-everything",
        title="Writes every resource by wildcard",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        why="Creating or changing everything includes pods, webhooks, bindings and the custom resources of "
        "controllers that have more permissions than the subject.",
        gain="Runs code on the nodes and, through the service accounts of pods, gets full control.",
        remedy="List the resources that the subject needs to write.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE, CLUSTER_ROLES),
        permissions=(Permission(("create", "update", "patch", "delete", "deletecollection"), "*", "*"),),
    ),
    Rule(
        id="RBP004",
        name="every-url",
        title="Every URL that is not a resource",
        severity=Severity.LOW,
        why="The URLs of the API server include /debug/pprof, /logs and the URLs that aggregated API servers "
        "add.",
        gain="Details of the control plane, and endpoints that were not meant for this subject.",
        remedy="List the URLs, such as /healthz or /metrics.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE),
        permissions=(Permission(("get", "post", "put", "delete"), path="/*", namespaced=False),),
    ),
)
