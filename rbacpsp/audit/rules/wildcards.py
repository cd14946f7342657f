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
        why="Every verb on every resource includes secrets, impersonation, the roles themselves and whatever "
        "is installed later. In one namespace it is full control of it and of each of its service accounts. "
        "This finding stands for all others that the same rule would give.",
        gain="The whole cluster, or the whole namespace.",
        remedy="Grant the verbs and resources that are needed; keep cluster-admin for break-glass accounts.",
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
        why="Reading everything includes every secret and every service account token kept in one.",
        gain="All credentials that are stored in the cluster or the namespace.",
        remedy="List the resources that are to be read, and leave secrets out.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE, DISCOVERY),
        permissions=(Permission(READ, "*", "*"),),
    ),
    Rule(
        id="RBP003",
        name="write-everything",
        title="Writes every resource by wildcard",
        severity=Severity.CRITICAL,
        namespaced=Severity.HIGH,
        why="Creating or changing everything includes pods, webhooks, bindings and custom resources that "
        "controllers with more permissions act on.",
        gain="Code on the nodes and, through the pods' service accounts, full control.",
        remedy="List the resources that are to be written.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE, CLUSTER_ROLES),
        permissions=(Permission(("create", "update", "patch", "delete", "deletecollection"), "*", "*"),),
    ),
    Rule(
        id="RBP004",
        name="every-url",
        title="Every URL that is no resource",
        severity=Severity.LOW,
        why="The URLs of the API server include /debug/pprof, /logs and whatever aggregated servers add.",
        gain="Details of the control plane, and endpoints that were not meant for this subject.",
        remedy="List the URLs, such as /healthz or /metrics.",
        references=(CIS_WILDCARDS, NSA_RBAC, LEAST_PRIVILEGE),
        permissions=(Permission(("get", "post", "put", "delete"), path="/*", namespaced=False),),
    ),
)
