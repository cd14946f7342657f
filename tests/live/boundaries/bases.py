"""The valid objects that the boundary tests change: one or more for each kind."""

from typing import Any

JSONObject = dict[str, Any]


def _made(api_version: str, kind: str, name: str, **body: Any) -> JSONObject:
    metadata = {"name": name, "namespace": "boundaries"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def _container(name: str) -> JSONObject:
    return {"name": name, "image": "i"}


_LABELS = {"matchLabels": {"app": "x"}}
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def _template(**spec: Any) -> JSONObject:
    return {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [_container("a")], **spec}}


def _pod(name: str, **spec: Any) -> JSONObject:
    body = {
        "containers": [_container("a"), _container("b")],
        "volumes": [
            {"name": "v", "emptyDir": {}},
            {"name": "w", "emptyDir": {}},
            {"name": "p", "persistentVolumeClaim": {"claimName": "c"}},
        ],
    }
    pod = _made("v1", "Pod", name, spec={**body, **spec})
    pod["metadata"]["labels"] = {"app": "x"}
    return pod


BASES: dict[str, JSONObject] = {
    "Pod": _pod("pod", initContainers=[_container("i"), _container("j")]),
    "PodTemplate": _made("v1", "PodTemplate", "template", template=_template()),
    "ReplicationController": _made(
        "v1", "ReplicationController", "controller", spec={"selector": {"app": "x"}, "template": _template()}
    ),
    "Deployment": _made(
        "apps/v1", "Deployment", "deployment", spec={"selector": _LABELS, "template": _template()}
    ),
    "ReplicaSet": _made("apps/v1", "ReplicaSet", "set", spec={"selector": _LABELS, "template": _template()}),
    "DaemonSet": _made("apps/v1", "DaemonSet", "daemon", spec={"selector": _LABELS, "template": _template()}),
    "StatefulSet": _made(
        "apps/v1",
        "StatefulSet",
        "stateful",
        spec={
            "serviceName": "s",
            "selector": _LABELS,
            "template": _template(),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": _CLAIM}],
        },
    ),
    "Job": _made("batch/v1", "Job", "job", spec={"template": _template(restartPolicy="Never")}),
    "Job indexed": _made(
        "batch/v1",
        "Job",
        "indexed",
        spec={
            "completionMode": "Indexed",
            "completions": 5,
            "parallelism": 2,
            "template": _template(restartPolicy="Never"),
        },
    ),
    "CronJob": _made(
        "batch/v1",
        "CronJob",
        "cron",
        spec={
            "schedule": "* * * * *",
            "jobTemplate": {"spec": {"template": _template(restartPolicy="Never")}},
        },
    ),
    "Service": _made("v1", "Service", "service", spec={"ports": [{"port": 80}]}),
    "ConfigMap": _made("v1", "ConfigMap", "map", data={"a": "x"}),
    "Role": _made(
        "rbac.authorization.k8s.io/v1",
        "Role",
        "role",
        rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]} for _ in range(2)],
    ),
    "RoleBinding": _made(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "binding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name} for name in "ab"],
    ),
    "ServiceAccount": _made("v1", "ServiceAccount", "account"),
    "Namespace": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "space"}},
    "ClusterRole": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "cluster-role"},
        "rules": [{"verbs": ["get"], "nonResourceURLs": ["/a"]}],
    },
    "ClusterRoleBinding": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "cluster-binding"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}],
    },
    "PodSecurityPolicy": {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": "policy"},
        "spec": {
            name: {"rule": "RunAsAny"} for name in ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")
        },
    },
}
"""What is created."""

STORED: dict[str, JSONObject] = {
    "stored Pod": _pod(
        "stored-pod",
        activeDeadlineSeconds=100,
        initContainers=[_container("i")],
        tolerations=[{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
        nodeSelector={"a": "b"},
    ),
    "stored Pod annotated": _pod("annotated"),
    "stored Pod gated": _pod(
        "gated", schedulingGates=[{"name": "g"}, {"name": "h"}], nodeSelector={"a": "b"}
    ),
    **{
        f"stored {kind}": {**BASES[kind], "metadata": {**BASES[kind]["metadata"], "name": f"stored-{number}"}}
        for number, kind in enumerate(
            (
                *(
                    "PodTemplate",
                    "ReplicationController",
                    "Deployment",
                    "ReplicaSet",
                    "DaemonSet",
                    "StatefulSet",
                ),
                *(
                    "Job",
                    "Job indexed",
                    "CronJob",
                    "Service",
                    "ConfigMap",
                    "Role",
                    "RoleBinding",
                    "ServiceAccount",
                ),
            )
        )
    },
    "stored Job suspended": _made(
        "batch/v1", "Job", "suspended", spec={"suspend": True, "template": _template(restartPolicy="Never")}
    ),
    "stored Job selecting": _made(
        "batch/v1",
        "Job",
        "selecting",
        spec={"manualSelector": True, "selector": _LABELS, "template": _template(restartPolicy="Never")},
    ),
    "stored Service outside": _made(
        "v1",
        "Service",
        "outside",
        spec={
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local",
            "loadBalancerClass": "x.io/y",
            "allocateLoadBalancerNodePorts": True,
            "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30081}],
        },
    ),
    "stored Service nodes": _made(
        "v1", "Service", "nodes", spec={"type": "NodePort", "ports": [{"port": 80, "nodePort": 30090}]}
    ),
    "stored Service named": _made(
        "v1", "Service", "named", spec={"type": "ExternalName", "externalName": "a.example"}
    ),
    "stored Service named port": _made(
        "v1",
        "Service",
        "named-port",
        spec={"type": "ExternalName", "externalName": "a.example", "ports": [{"port": 80, "nodePort": 80}]},
    ),
    "stored Service headless": _made(
        "v1",
        "Service",
        "headless",
        spec={"clusterIP": "None", "selector": {"a": "b"}, "ports": [{"port": 80}]},
    ),
    "stored ConfigMap fixed": _made(
        "v1", "ConfigMap", "fixed", immutable=True, data={"a": "x"}, binaryData={"b": "eA=="}
    ),
}
"""What is stored, and replaced."""
STORED["stored Pod annotated"]["metadata"]["annotations"] = {
    "container.apparmor.security.beta.kubernetes.io/a": "runtime/default"
}
