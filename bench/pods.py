"""Generates the clusters and pods for the measurements of admission; they are always the same.

Pods look like those of a running cluster: stored, so with defaults, a token volume, a node and a status.
"""

import json
import random
from pathlib import Path
from typing import Any

JSONObject = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
ANY = {"rule": "RunAsAny"}
GROUPS = {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]}
SAFE_VOLUMES = ["configMap", "emptyDir", "projected", "secret", "downwardAPI", "persistentVolumeClaim"]
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
TEAMS = 25


def policy(number: int) -> JSONObject:
    """One of some policies: every fifth lets everything through, the others are restricted in their ways."""
    lax = number % 5 == 4
    spec: JSONObject = {
        "privileged": lax,
        "allowPrivilegeEscalation": lax,
        "volumes": ["*"] if lax else SAFE_VOLUMES,
        "seLinux": ANY,
        "runAsUser": ANY if lax else {"rule": ("MustRunAsNonRoot", "RunAsAny")[number % 2]},
        "supplementalGroups": ANY if lax else GROUPS,
        "fsGroup": ANY if lax else GROUPS,
    }
    if lax:
        spec |= {"hostNetwork": True, "hostPorts": [{"min": 0, "max": 65535}], "allowedCapabilities": ["*"]}
    else:
        spec |= {"requiredDropCapabilities": [("ALL", "NET_RAW", "MKNOD")[number % 3]]}
    metadata = {"name": f"{number:03}-{'lax' if lax else 'strict'}"}
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": metadata, "spec": spec}


def grants(policies: list[JSONObject]) -> list[JSONObject]:
    """Lets every service account use every policy."""
    names = [each["metadata"]["name"] for each in policies]
    rule = {
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "verbs": ["use"],
        "resourceNames": names,
    }
    subject = {"kind": "Group", "apiGroup": RBAC, "name": "system:serviceaccounts"}
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "psp"}
    meta = {"name": "psp"}
    version = f"{RBAC}/v1"
    return [
        {"apiVersion": version, "kind": "ClusterRole", "metadata": meta, "rules": [rule]},
        {
            "apiVersion": version,
            "kind": "ClusterRoleBinding",
            "metadata": meta,
            "roleRef": ref,
            "subjects": [subject],
        },
    ]


def _spec(draw: random.Random, number: int) -> JSONObject:
    containers: list[JSONObject] = [
        {
            "name": f"c{place}",
            "image": f"registry.example/app-{number}:{draw.randrange(9)}",
            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "env": [{"name": f"SETTING_{each}", "value": str(draw.random())} for each in range(6)],
            "resources": {
                "limits": {"cpu": "1", "memory": "512Mi"},
                "requests": {"cpu": "100m", "memory": "256Mi"},
            },
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}},
            "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings", "readOnly": True}],
            "securityContext": {
                "runAsUser": draw.choice([0, 1000]),
                "allowPrivilegeEscalation": draw.choice([True, False]),
                "capabilities": {"drop": draw.choice([["ALL"], ["NET_RAW"]])},
            },
            "imagePullPolicy": "IfNotPresent",
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }
        for place in range(draw.choice([1, 1, 2]))
    ]
    return {
        "containers": containers,
        "volumes": [{"name": "settings", "configMap": {"name": f"settings-{number}", "defaultMode": 420}}],
        "serviceAccountName": "app",
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "securityContext": {"fsGroup": 1000, "supplementalGroups": [1000]},
    }


def _pod(
    draw: random.Random, owner: JSONObject, name: str, template: JSONObject, recorded: str
) -> JSONObject:
    token = "kube-api-access-" + "".join(draw.choices(LETTERS, k=5))
    node = f"node-{draw.randrange(200)}"
    spec = json.loads(json.dumps(template["spec"])) | {"nodeName": node}
    sources = [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]
    spec["volumes"].append({"name": token, "projected": {"sources": sources, "defaultMode": 420}})
    mount = {
        "name": token,
        "readOnly": True,
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    }
    for container in spec["containers"]:
        container["volumeMounts"].append(dict(mount))
    metadata = {
        "name": name,
        "namespace": owner["namespace"],
        "labels": template["labels"],
        "annotations": {"kubernetes.io/psp": recorded, "example.com/address": f"10.0.0.{draw.random()}"},
        "ownerReferences": [owner["reference"]],
        "uid": f"pod-{name}",
    }
    status = {
        "phase": "Running",
        "hostIP": node,
        "containerStatuses": [{"name": each["name"], "ready": True} for each in spec["containers"]],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def cluster(pods: int, templates: int, policies: int, *, workloads: bool = True) -> list[JSONObject]:
    """The objects of a cluster: policies, who may use them, ReplicaSets and their pods.

    Args:
        pods: How many.
        templates: How many different ones they are of.
        policies: How many.
        workloads: Whether the ReplicaSets are there, or only their pods.
    """
    draw = random.Random(11)
    all_policies = [policy(number) for number in range(policies)]
    items = [*all_policies, *grants(all_policies)]
    for number in range(templates):
        namespace, name = f"team-{number % TEAMS}", f"app-{number}"
        labels = {"app": name}
        template = {"labels": labels, "spec": _spec(draw, number)}
        metadata = {"name": name, "namespace": namespace, "uid": f"rs-{number}"}
        reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": f"rs-{number}"}
        owner = {"namespace": namespace, "reference": reference | {"controller": True}}
        if workloads:
            body = {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
            }
            items.append({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": body})
        for copy in range(pods // templates):
            recorded = all_policies[number % policies]["metadata"]["name"]
            items.append(_pod(draw, owner, f"{name}-{copy:05}", template, recorded))
    return items


def write(pods: int, templates: int, policies: int, folder: Path, *, workloads: bool = True) -> Path:
    """The file of such a cluster (a List); made when it is not there yet."""
    kind = "workloads" if workloads else "pods-alone"
    path = folder / f"{kind}-{pods}-{templates}-{policies}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        items = cluster(pods, templates, policies, workloads=workloads)
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    return path
