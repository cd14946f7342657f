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

_NOTE = "The finding names the first action; `rbacpsp paths` shows whether other paths remain."


def _by_paths(_view: View, _rule: Rule) -> Iterator[Finding]:
    return iter(())


RULES = (
    Rule(
        id=CLUSTER_ADMIN,
        name="reaches-cluster-admin",
        title="Reaches cluster-admin",
        severity=Severity.CRITICAL,
        why="No single permission shows it, but the subject can reach full control in several actions.",
        gain="The whole cluster.",
        remedy=f"Remove the permission for one of the actions, if possible the one that most subjects share. "
        f"{_NOTE}",
        references=(CIS_CLUSTER_ADMIN, NSA_RBAC, ESCALATION, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
    Rule(
        id=NODE,
        name="reaches-node",
        title="Becomes root on a node",
        severity=Severity.HIGH,
        why="Root on a node controls every pod of the node: its processes, its secrets and its tokens.",
        gain="The pods of the node, with the tokens of their service accounts.",
        remedy=f"Enforce a Pod Security level in the namespaces of the pods, or remove the permission for "
        f"one of the actions. {_NOTE}",
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
        remedy=f"Remove the permission for one of the actions. {_NOTE}",
        references=(CIS_SECRETS, NSA_SECRETS, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
    Rule(
        id=OTHER,
        name="reaches-other",
        title="Becomes another subject, or reaches its secrets",
        severity=Severity.MEDIUM,
        why="`rbacpsp paths` was asked about this goal, and the subject can reach it in several actions.",
        gain="The permissions or the secrets of the goal.",
        remedy=f"Remove the permission for one of the actions. {_NOTE}",
        references=(ESCALATION, LEAST_PRIVILEGE),
        check=_by_paths,
    ),
)
