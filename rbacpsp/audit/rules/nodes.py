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
        title="Reaches the kubelets' API",
        severity=Severity.CRITICAL,
        named=Severity.HIGH,
        why="nodes/proxy is the kubelet's own API, past admission and audit. get alone is enough to run "
        "commands in every pod of a node by a websocket. Nodes have no namespace: no RoleBinding grants it.",
        gain="A shell in every pod of every node, unrecorded.",
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
        why="Labels and taints decide where pods run, so that workloads can be drawn to a node that is held.",
        gain="Draws pods, and with them their tokens, to a chosen node.",
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
        why="The status of a node holds its addresses and capacity: the API server connects to what it says.",
        gain="Sends the API server's connections to kubelets elsewhere, and keeps pods off nodes.",
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
        "tokens to a node that is already held.",
        gain="The tokens of powerful pods, on a node that is held.",
        remedy="Do not grant changing nodes together with removing pods.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, ESCAPE),
        permissions=(
            Permission(CHANGE, "nodes", namespaced=False),
            Permission(CHANGE, "nodes/status", namespaced=False),
        ),
        also=(Permission(("delete", "deletecollection"), "pods"), Permission(("create",), "pods/eviction")),
    ),
)
