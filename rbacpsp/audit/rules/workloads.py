"""Permissions to run code in pods: by creating pods, changing them, or opening a session in them."""

from rbacpsp.audit.custom_workloads import CUSTOM_WORKLOADS
from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.references import (
    ADMIN_COMMAND,
    CIS_CREATE_PODS,
    CIS_TOKENS_MOUNTED,
    DEPLOY_CONTAINER,
    ESCAPE,
    EXTERNAL,
    IMPAIR,
    LEAST_PRIVILEGE,
    NSA_RBAC,
    ORCHESTRATION_JOB,
    POLICIES,
    WORKLOAD_CREATION,
    attack,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Version

WEBSOCKET_GET_ENDS = Version(1, 35)
"""From this version, a websocket upgrade (a GET request) also needs `create` (pkg/features, 1.36)."""

EPHEMERAL_CONTAINERS_BEGIN = Version(1, 23)

WORKLOADS = (
    *(
        Permission(WRITE, name, "apps")
        for name in ("deployments", "daemonsets", "statefulsets", "replicasets")
    ),
    *(Permission(WRITE, name, "batch") for name in ("jobs", "cronjobs")),
    Permission(WRITE, "replicationcontrollers"),
    *(
        Permission(WRITE, name, "extensions", before=Version(1, 16))
        for name in ("deployments", "daemonsets", "replicasets")
    ),
)


def entering(subresource: str) -> tuple[Permission, ...]:
    """The verbs that open a stream to a pod: POST is create; GET by a websocket was enough before 1.35."""
    return (
        Permission(("create",), f"pods/{subresource}"),
        Permission(("get",), f"pods/{subresource}", before=WEBSOCKET_GET_ENDS),
    )


def _has_ephemeral_containers(view: View) -> bool:
    """Whether the server serves ephemeral containers: the feature is on by default from 1.23."""
    return view.version >= EPHEMERAL_CONTAINERS_BEGIN


RULES = (
    Rule(
        id="RBP040",
        name="create-pods",
        title="Creates pods",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="A pod may name any service account of its namespace and mount any of its secrets; without a "
        "policy that forbids it, it may also take over its node.",
        gain="Every service account and secret of the namespace, and the node where no policy prevents it.",
        remedy="Let a pipeline make the pods, or enforce the restricted level of Pod Security in the "
        "namespace.",
        references=(CIS_CREATE_PODS, NSA_RBAC, WORKLOAD_CREATION, DEPLOY_CONTAINER),
        permissions=(Permission(("create",), "pods"),),
    ),
    Rule(
        id="RBP041",
        name="write-workloads",
        title="Creates or changes workloads",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        named=Severity.MEDIUM,
        why="Controllers make the pods of a workload, and are asked in place of its author: it may name any "
        "service account and, where the controllers may use a lax policy, take over a node. Changing one "
        "workload is enough, so that resourceNames limit little. The controllers of many custom resources "
        "make pods as well.",
        gain="Every service account and secret of the namespace, and what the controllers' policies admit.",
        remedy="Let a pipeline apply workloads; give controllers and accounts no lax policy.",
        references=(CIS_CREATE_PODS, NSA_RBAC, WORKLOAD_CREATION, DEPLOY_CONTAINER, ORCHESTRATION_JOB),
        permissions=(*WORKLOADS, *CUSTOM_WORKLOADS),
    ),
    Rule(
        id="RBP042",
        name="change-pods",
        title="Changes running pods",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="The image of a running container can be replaced: the kubelet restarts it with the pod's "
        "service account, volumes and privileges.",
        gain="Code with the identity and the privileges of any pod there.",
        remedy="Remove update and patch of pods; change the workload that makes them instead.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, WORKLOAD_CREATION, attack("T1525", "Implant Internal Image")),
        permissions=(Permission(CHANGE, "pods"),),
    ),
    Rule(
        id="RBP043",
        name="exec",
        title="Runs commands in pods",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="exec and attach give a shell in a container. Both verbs count before 1.35: create, and get, "
        "which a websocket needs.",
        gain="The service account tokens, secrets and network of every pod within reach.",
        remedy="Grant it for debugging only, for a time, and to people rather than programs.",
        references=(LEAST_PRIVILEGE, ADMIN_COMMAND, CIS_TOKENS_MOUNTED, NSA_RBAC),
        permissions=(*entering("exec"), *entering("attach")),
    ),
    Rule(
        id="RBP044",
        name="ephemeral-containers",
        title="Adds ephemeral containers to pods",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        named=Severity.MEDIUM,
        why="An ephemeral container runs any image inside a running pod. PodSecurityPolicy never judges "
        "subresources, so it may even be privileged where every policy forbids that; Pod Security Admission "
        "does.",
        gain="Code in any pod with its identity, and under PodSecurityPolicy a privileged one.",
        remedy="Remove update and patch of pods/ephemeralcontainers; enforce a Pod Security level.",
        references=(NSA_RBAC, POLICIES, ADMIN_COMMAND, ESCAPE),
        permissions=(Permission(CHANGE, "pods/ephemeralcontainers"),),
        applies=_has_ephemeral_containers,
    ),
    Rule(
        id="RBP045",
        name="port-forward",
        title="Forwards ports of pods",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="A forwarded port passes network policies and reaches what listens on localhost only.",
        gain="Unprotected administrative ports of any pod within reach.",
        remedy="Grant it to people who debug, not to programs.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, EXTERNAL),
        permissions=entering("portforward"),
    ),
    Rule(
        id="RBP046",
        name="proxy",
        title="Reaches pods and services through the API server",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="The proxy subresource sends requests from the API server's own address, past network policies.",
        gain="Unprotected HTTP endpoints of any pod or service within reach.",
        remedy="Remove pods/proxy and services/proxy, or limit them by resourceNames.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, EXTERNAL),
        permissions=(
            Permission(("get", "create", "update", "patch", "delete"), "pods/proxy"),
            Permission(("get", "create", "update", "patch", "delete"), "services/proxy"),
        ),
    ),
    Rule(
        id="RBP047",
        name="pod-status",
        title="Writes the status of pods",
        severity=Severity.LOW,
        namespaced=Severity.INFO,
        why="The status says whether a pod is ready and which address it has: services send traffic by it.",
        gain="Takes pods out of service, or draws their traffic to another address.",
        remedy="Leave pods/status to the kubelets.",
        references=(
            NSA_RBAC,
            LEAST_PRIVILEGE,
            IMPAIR,
            kubernetes("concepts/workloads/pods/pod-lifecycle/", "pod status"),
        ),
        permissions=(Permission(CHANGE, "pods/status"),),
    ),
)
