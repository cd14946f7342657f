"""What a subject reaches by several actions. `rbacpsp.paths.findings` makes these findings from paths."""

from collections.abc import Iterator

from rbacpsp.audit.finding import Finding
from rbacpsp.audit.references import (
    CIS_CLUSTER_ADMIN,
    CIS_SECRETS,
    ESCALATION,
    ESCAPE,
    LEAST_PRIVILEGE,
    NSA_RBAC,
    NSA_SECRETS,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View

CLUSTER_ADMIN = "RBP150"
NODE = "RBP151"
SYSTEM_SECRETS = "RBP152"
OTHER = "RBP153"

_NOTE = "The first act is named; other ways may remain, which rbacpsp paths shows."


def _by_paths(_view: View, _rule: Rule) -> Iterator[Finding]:
    return iter(())


RULES = (
    Rule(
        id=CLUSTER_ADMIN,
        name="reaches-cluster-admin",
        title="Reaches cluster-admin",
        severity=Severity.CRITICAL,
        why="No single permission says so, but what the subject may do leads to full control, act by act.",
        gain="The whole cluster.",
        remedy=f"Take away one of the acts, the one that most subjects share. {_NOTE}",
        references=(CIS_CLUSTER_ADMIN, NSA_RBAC, ESCALATION, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
    Rule(
        id=NODE,
        name="reaches-node",
        title="Becomes root on a node",
        severity=Severity.HIGH,
        why="Root on a node is every pod of the node: its processes, its secrets and its tokens.",
        gain="The pods of the node, with the tokens of their service accounts.",
        remedy=f"Enforce a Pod Security level where pods are made, or take away one of the acts. {_NOTE}",
        references=(NSA_RBAC, ESCAPE, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
    Rule(
        id=SYSTEM_SECRETS,
        name="reaches-system-secrets",
        title="Reaches the secrets of kube-system",
        severity=Severity.HIGH,
        why="The secrets of kube-system belong to the components of the cluster.",
        gain="Credentials of the cluster's own components.",
        remedy=f"Take away one of the acts. {_NOTE}",
        references=(CIS_SECRETS, NSA_SECRETS, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
    Rule(
        id=OTHER,
        name="reaches-other",
        title="Becomes another subject, or reaches its secrets",
        severity=Severity.MEDIUM,
        why="rbacpsp paths was asked for this goal: what the subject may do leads there, act by act.",
        gain="What the goal holds.",
        remedy=f"Take away one of the acts. {_NOTE}",
        references=(ESCALATION, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
)
