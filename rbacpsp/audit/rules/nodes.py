"""Permissions on nodes and their kubelets, and on where pods run."""

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.references import (
    ADMIN_COMMAND,
    CIS_KUBELET,
    CIS_NODES_PROXY,
    ESCAPE,
    LEAST_PRIVILEGE,
    NODES_PROXY,
    NSA_RBAC,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity

RULES = (
    Rule(
        id="RBP050",
        name="nodes-proxy",
        title="Reaches the API of the kubelets",
        severity=Severity.CRITICAL,
        named=Severity.HIGH,
        why="nodes/proxy gives access to the kubelet's own API, which bypasses admission and audit. The verb "
        "get alone is enough to run commands in every pod of a node, through a websocket. Nodes have no "
        "namespace, so no RoleBinding grants this.",
        gain="A shell in every pod of every node, without a record in the audit log.",
        remedy="Grant nodes/metrics, nodes/stats or nodes/log instead.",
        references=(CIS_NODES_PROXY, CIS_KUBELET, NSA_RBAC, NODES_PROXY, ADMIN_COMMAND),
        permissions=(
            Permission(("get", "create", "update", "patch", "delete"), "nodes/proxy", namespaced=False),
        ),
    ),
    Rule(
        id="RBP051",
        name="write-nodes",
        title="Changes nodes",
        severity=Severity.MEDIUM,
        why="Labels and taints of nodes decide where pods run. Changing them can move workloads to a node "
        "that an attacker controls.",
        gain="Moves pods, and with them their tokens, to a node of its choice.",
        remedy="Leave nodes to the cloud controller and the operators of the cluster.",
        references=(
            NSA_RBAC,
            LEAST_PRIVILEGE,
            kubernetes("concepts/scheduling-eviction/taint-and-toleration/", "taints"),
        ),
        permissions=(Permission(CHANGE, "nodes", namespaced=False),),
    ),
    Rule(
        id="RBP052",
        name="node-status",
        title="Writes the status of nodes",
        severity=Severity.LOW,
        why="The status of a node holds its capacity and its addresses. The API server connects to these "
        "addresses.",
        gain="Redirects the API server's connections to kubelets to another address, and keeps pods off "
        "nodes.",
        remedy="Leave nodes/status to the kubelets.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, kubernetes("reference/node/node-status/", "node status")),
        permissions=(Permission(CHANGE, "nodes/status", namespaced=False),),
    ),
    Rule(
        id="RBP053",
        name="steal-pods",
        title="Moves pods to a chosen node",
        severity=Severity.MEDIUM,
        why="Deleting or evicting pods, together with making nodes unschedulable, moves pods and their "
        "tokens to a node that the attacker already controls.",
        gain="The tokens of powerful pods, on a node that the attacker controls.",
        remedy="Do not grant the same subject both changing nodes and removing pods.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, ESCAPE),
        permissions=(
            Permission(CHANGE, "nodes", namespaced=False),
            Permission(CHANGE, "nodes/status", namespaced=False),
        ),
        also=(Permission(("delete", "deletecollection"), "pods"), Permission(("create",), "pods/eviction")),
    ),
)
