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
        why="A pod can run as any service account of its namespace and mount any secret there. If no policy "
        "forbids it, the pod can also take over its node.",
        gain="Every service account and secret of the namespace, and the node if no policy prevents it.",
        remedy="Let a pipeline create the pods, or enforce the restricted Pod Security level in the "
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
        why="Controllers create the pods of a workload, so policies check the controller's permissions and "
        "not those of the author. The pods can run as any service account and, if the controllers may use a "
        "lax policy, take over a node. Changing one workload is enough, so resourceNames limit little. The "
        "controllers of many custom resources create pods as well.",
        gain="Every service account and secret of the namespace, and every pod that the policies of the "
        "controllers admit.",
        remedy="Let a pipeline apply workloads; do not let controllers and service accounts use a lax "
        "policy.",
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
        gain="Runs code with the identity and the privileges of any pod in the scope of the grant.",
        remedy="Remove update and patch of pods; change the workload that creates them instead.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, WORKLOAD_CREATION, attack("T1525", "Implant Internal Image")),
        permissions=(Permission(CHANGE, "pods"),),
    ),
    Rule(
        id="RBP043",
        name="exec",
        title="Runs commands in pods",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        why="exec and attach give a shell in a container. They need the verb create; before 1.35, get is "
        "also enough, for a client that uses a websocket.",
        gain="The service account tokens, secrets and network of every pod in the scope of the grant.",
        remedy="Grant it only for debugging, for a limited time, and to people rather than programs.",
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
        why="An ephemeral container runs any image inside a running pod. PodSecurityPolicy never checks "
        "subresources, so the container can be privileged even where every policy forbids that. Pod Security "
        "Admission does check it.",
        gain="Runs code in any pod with its identity; under PodSecurityPolicy even in a privileged "
        "container.",
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
        why="A forwarded port bypasses network policies and reaches programs that listen only on localhost.",
        gain="Unprotected administrative ports of any pod in the scope of the grant.",
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
        why="The proxy subresource sends requests from the API server's own address, which bypasses network "
        "policies.",
        gain="Unprotected HTTP endpoints of any pod or service in the scope of the grant.",
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
        why="The status says whether a pod is ready and which address it has. Services use this to decide "
        "where they send traffic.",
        gain="Removes pods from services, or redirects their traffic to another address.",
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
