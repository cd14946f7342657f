"""The other objects of random clusters: pods, nodes, stored tokens, certificates, operators and clouds."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from rbacpsp.testing.manifests import binding, role, rule, service_account
from tests.paths.around import CLIENT_SIGNER, REQUEST, node
from tests.paths.restated.following import CLOUD
from tests.paths.restated.objects import JSON, TOKEN_OF
from tests.paths.restated.pods import CONTROL_PLANE
from tests.paths.restated.templates import PODS, VOLUMES

Draw = Callable[[st.SearchStrategy[Any]], Any]
ROLE = "arn:aws:iam::1:role/x"


def surroundings(draw: Draw, namespaces: Sequence[str]) -> list[JSON]:
    """A few of the objects."""
    where = st.sampled_from(namespaces)
    objects: list[JSON] = []
    for number in range(draw(st.integers(0, 3))):
        objects += _pod(draw, draw(where), ("web", "other", "third")[number])
    makers = (_node, _token, _request, _flux, _flux, _argo, _argo, _cloud)
    for make in dict.fromkeys(draw(st.lists(st.sampled_from(makers), min_size=1, max_size=4))):
        objects += make(draw)
    return objects + (_volumes(draw) if _chance(draw, 4) else [])


def _chance(draw: Draw, tenths: int) -> bool:
    return bool(draw(st.integers(0, 9)) < tenths)


def _one(draw: Draw, *items: Any) -> Any:
    return draw(st.sampled_from(items))


def _pod(draw: Draw, namespace: str, name: str) -> list[JSON]:
    """A pod or a workload, sometimes with a pod of its own."""
    template = draw(st.sampled_from(sorted(PODS)))
    spec = {"containers": [{"name": "app", "image": "app"}], "serviceAccountName": _one(draw, "strong", "x")}
    spec |= PODS[template].spec
    if _chance(draw, 3):
        spec["automountServiceAccountToken"] = _one(draw, True, False)
    if _chance(draw, 2):
        spec["volumes"] = [
            *spec.get("volumes", []),
            {"name": "s", "secret": {"secretName": _one(draw, "t", "u")}},
        ]
        first = spec["containers"][0]
        mounts = [*first.get("volumeMounts", []), {"name": "s", "mountPath": "/s"}]
        spec["containers"] = [first | {"volumeMounts": mounts}]
    placed = spec | ({"nodeName": _one(draw, "n0", "n1")} if _chance(draw, 5) else {})
    metadata = {"name": name, "namespace": namespace, "labels": {"template": template}}
    kind = _one(draw, "Pod", "Pod", "Deployment", "DaemonSet")
    if kind == "Pod":
        return [{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": placed}]
    if _chance(draw, 3):
        spec["nodeSelector"] = {CONTROL_PLANE: ""}
    if _chance(draw, 3):
        spec["tolerations"] = [{"operator": "Exists"}]
    body = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": spec},
    }
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "u"}
    own = metadata | {"name": f"{name}1", "ownerReferences": [owner]}
    workload = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": own, "spec": placed}
    return [workload, pod] if _chance(draw, 5) else [workload]


def _node(draw: Draw) -> list[JSON]:
    return [node(name, _one(draw, "control-plane", "worker")) for name in ("n0", "n1")]


def _token(draw: Draw) -> list[JSON]:
    account = _one(draw, "strong", "x", "ghost")
    metadata = {
        "name": _one(draw, "t", "u"),
        "namespace": _one(draw, "a", "b"),
        "annotations": {TOKEN_OF: account},
    }
    secret_type = "kubernetes.io/service-account-token"  # noqa: S105 - a type
    fixed = {"immutable": _one(draw, True, False)} if _chance(draw, 3) else {}
    return [{"apiVersion": "v1", "kind": "Secret", "type": secret_type, "metadata": metadata, **fixed}]


def _request(draw: Draw) -> list[JSON]:
    conditions = _one(draw, ["Approved"], ["Approved"], ["Approved", "Failed"], ["Denied"])
    spec = {"signerName": CLIENT_SIGNER, "username": _one(draw, "eve", "bob"), "request": REQUEST}
    return [
        {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": "csr"},
            "spec": spec | {"usages": ["client auth"]},
            "status": {"conditions": [{"type": each, "status": "True"} for each in conditions]},
        }
    ]


def _operator(name: str, *arguments: str) -> JSON:
    container = {"name": "app", "image": "operator", "args": list(arguments)}
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"serviceAccountName": "strong", "containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "a", "labels": {"template": "plain"}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    }


def _flux(draw: Draw) -> list[JSON]:
    name = _one(draw, "kustomize-controller", "helm-controller")
    if _chance(draw, 2):
        return [service_account("b", name)]
    flags = ("--watch-all-namespaces=false", "--no-cross-namespace-refs", "--default-service-account=x")
    return [_operator(name, *(flag for flag in flags if _chance(draw, 3)))]


def _argo(draw: Draw) -> list[JSON]:
    seen = _one(draw, (), ("--application-namespaces=b",), ("--application-namespaces=kube-*",))
    operator = _operator("argocd-application-controller", *seen)
    into = draw(st.lists(st.sampled_from(["a", "b", "kube-*", "*"]), max_size=2))
    server = "https://kubernetes.default.svc"
    spec: JSON = {"destinations": [{"server": server, "namespace": each} for each in into]}
    if _chance(draw, 6):
        spec["sourceNamespaces"] = [_one(draw, "b", "*")]
    if _chance(draw, 3):
        spec["clusterResourceWhitelist"] = [{"group": "*", "kind": "*"}]
    if _chance(draw, 1):
        spec["permitOnlyProjectScopedClusters"] = True
    if _chance(draw, 3):
        listed = _one(draw, ("apps", "Deployment"), ("", "ConfigMap"), ("", "*"), ("*", "Pod"))
        key = _one(draw, "namespaceResourceWhitelist", "namespaceResourceBlacklist")
        spec[key] = [{"group": listed[0], "kind": listed[1]}]
    if _chance(draw, 5):
        names = draw(st.lists(st.sampled_from(["x", "strong", "c:far", "b:x"]), max_size=2))
        spec["destinationServiceAccounts"] = [
            {"server": server, "namespace": _one(draw, "a", "b", "*"), "defaultServiceAccount": each}
            for each in names
        ]
    metadata = {"name": "project", "namespace": _one(draw, "a", "a", "b")}
    project = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}
    allowed = rule(_one(draw, "create", "*"), _one(draw, "pods", "*"))
    granted = [
        role("argo", allowed, rule("patch", "deployments", "apps")),
        binding("argo", "ServiceAccount/a:strong", namespace=_one(draw, "", "b"), kind="ClusterRole"),
    ]
    return [
        operator,
        *([project] if _chance(draw, 7) else []),
        *(granted if _chance(draw, 6) else []),
        *([_settings(draw)] if _chance(draw, 4) else []),
    ]


def _settings(draw: Draw) -> JSON:
    key = "application.sync.impersonation"
    data = {f"{key}.enabled": _one(draw, "true", "true", "false")}
    if _chance(draw, 3):
        data[f"{key}.enforced"] = _one(draw, "true", "false")
    metadata = {"name": "argocd-cm", "namespace": "a"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _volumes(draw: Draw) -> list[JSON]:
    """Volumes, of which some name a claim, and claims, of which some name a volume."""
    objects: list[JSON] = []
    for name in ("v0", "v1")[: _one(draw, 1, 2)]:
        template = draw(st.sampled_from(sorted(VOLUMES)))
        spec: JSON = {"storageClassName": "manual", "capacity": {"storage": "1Gi"}}
        spec |= VOLUMES[template].spec
        if _chance(draw, 5):
            spec["claimRef"] = {"namespace": _one(draw, "a", "b"), "name": _one(draw, "x", "y")}
            spec["claimRef"] |= {"uid": "u"} if _chance(draw, 4) else {}
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name, "labels": {"template": template}},
            "spec": spec,
        }
        phase = _one(draw, "", "", "Available", "Bound", "Released")
        objects.append(volume | ({"status": {"phase": phase}} if phase else {}))
    for number in range(draw(st.integers(0, 2))):
        claim = {"storageClassName": "of-no-volume"} | (
            {"volumeName": _one(draw, "v0", "v1")} if _chance(draw, 6) else {}
        )
        metadata = {"name": ("x", "y")[number], "namespace": _one(draw, "a", "b")}
        kind = "PersistentVolumeClaim"
        objects.append({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": claim})
    return objects


def _cloud(draw: Draw) -> list[JSON]:
    account = service_account("b", "cloudy")
    account["metadata"]["annotations"] = {CLOUD: _one(draw, ROLE, ROLE, "arn:aws:iam::1:role/y")}
    entry = {
        "rolearn": ROLE,
        "username": _one(draw, "bob", "carl"),
        "groups": _one(draw, [], ["devs"], ["system:masters"]),
    }
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    data = {"mapRoles": json.dumps([entry])}
    return [account, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}]
