"""Generates random objects, valid and invalid, as people send them to a server."""

import random
from collections.abc import Callable, Sequence
from typing import Any

JSONObject = dict[str, Any]
Spoil = Callable[[JSONObject, random.Random], None]

GROUP = "rbac.authorization.k8s.io"
_LONG = "a" * 300
_NAMES = ("web", "a.b", "A", "a/b", "a%b", ".", "..", "-a", "a-", "a_b", "system:x", "ä", "a b", _LONG)
_KEYS = ("app", "a/b", "a/b/c", "/b", "A_b/c", "x.io/", "x.io/" + _LONG, "_a", "ä", "Up.io/X")
_VALUES = ("", "a", "A.b_c", "-a", "a b", _LONG, "a/b", "ä")
_PREFIX = "pod-security.kubernetes.io/"
_ANY = {"rule": "RunAsAny"}
_STRATEGIES = ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")


def random_object(draw: random.Random, name: str, *, policies: bool) -> JSONObject:
    """An object with up to two mistakes; some of the results are still valid."""
    kinds = list(_MADE) if policies else [kind for kind in _MADE if kind != "PodSecurityPolicy"]
    kind = draw.choice(kinds)
    made = _MADE[kind](draw, name)
    for spoil in draw.sample(
        (*_SPOIL_METADATA, *_SPOIL[kind], *_SPOIL[kind], *_SPOIL[kind]), draw.choice((0, 1, 1, 1, 2))
    ):
        spoil(made, draw)
    return made


def _made(version: str, kind: str, name: str, *, namespaced: bool, **rest: Any) -> JSONObject:
    metadata = {"name": name, **({"namespace": "default"} if namespaced else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def _rule(draw: random.Random, *, urls: bool) -> JSONObject:
    if urls and draw.random() < 0.3:
        return {"verbs": ["get"], "nonResourceURLs": [draw.choice(("/metrics", "*", "/a/*"))]}
    return {"verbs": ["get"], "apiGroups": [draw.choice(("", "apps", "*"))], "resources": ["pods"]}


def _role(draw: random.Random, name: str) -> JSONObject:
    rules = [_rule(draw, urls=False) for _ in range(draw.randrange(3))]
    return _made(f"{GROUP}/v1", "Role", name, namespaced=True, rules=rules)


def _cluster_role(draw: random.Random, name: str) -> JSONObject:
    rules = [_rule(draw, urls=True) for _ in range(draw.randrange(3))]
    role = _made(f"{GROUP}/v1", "ClusterRole", name, namespaced=False, rules=rules)
    if draw.random() < 0.4:
        expression = {"key": "tier", "operator": draw.choice(("In", "NotIn")), "values": ["a"]}
        selectors = [{"matchLabels": {"app": "x"}}, {"matchExpressions": [expression]}]
        role["aggregationRule"] = {"clusterRoleSelectors": selectors[: draw.randrange(1, 3)]}
    return role


def _subject(draw: random.Random) -> JSONObject:
    kind = draw.choice(("User", "Group", "ServiceAccount"))
    rest = {"namespace": "default"} if kind == "ServiceAccount" else {"apiGroup": GROUP}
    return {"kind": kind, "name": "someone", **rest}


def _binding(kind: str) -> Callable[[random.Random, str], JSONObject]:
    def made(draw: random.Random, name: str) -> JSONObject:
        ref = {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}
        subjects = [_subject(draw) for _ in range(draw.randrange(1, 3))]
        namespaced = kind == "RoleBinding"
        return _made(f"{GROUP}/v1", kind, name, namespaced=namespaced, roleRef=ref, subjects=subjects)

    return made


def _policy(draw: random.Random, name: str) -> JSONObject:
    spec: JSONObject = {name: dict(_ANY) for name in _STRATEGIES}
    spec["volumes"] = draw.sample(("configMap", "secret", "*", "ephemeral"), 2)
    return _made("policy/v1beta1", "PodSecurityPolicy", name, namespaced=False, spec=spec)


def _container(draw: random.Random) -> JSONObject:
    context = {"runAsUser": 1} if draw.random() < 0.5 else {}
    return {"name": "c", "image": "i", "securityContext": context}


def _pod(draw: random.Random, name: str) -> JSONObject:
    return _made("v1", "Pod", name, namespaced=True, spec={"containers": [_container(draw)]})


def _deployment(draw: random.Random, name: str) -> JSONObject:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [_container(draw)]}}
    spec = {"selector": {"matchLabels": {"app": "x"}}, "template": template}
    return _made("apps/v1", "Deployment", name, namespaced=True, spec=spec)


_MADE: dict[str, Callable[[random.Random, str], JSONObject]] = {
    "Role": _role,
    "ClusterRole": _cluster_role,
    "RoleBinding": _binding("RoleBinding"),
    "ClusterRoleBinding": _binding("ClusterRoleBinding"),
    "PodSecurityPolicy": _policy,
    "Namespace": lambda _draw, name: _made("v1", "Namespace", name, namespaced=False),
    "ServiceAccount": lambda _draw, name: _made("v1", "ServiceAccount", name, namespaced=True),
    "Pod": _pod,
    "Deployment": _deployment,
}


def _name(obj: JSONObject, draw: random.Random) -> None:
    obj["metadata"]["name"] = draw.choice(_NAMES)


def _label(obj: JSONObject, draw: random.Random) -> None:
    obj["metadata"]["labels"] = {draw.choice(_KEYS): draw.choice(_VALUES)}


def _annotation(obj: JSONObject, draw: random.Random) -> None:
    obj["metadata"]["annotations"] = {draw.choice(_KEYS): draw.choice(("", "x y", "x" * 300_000))}


def _owner(obj: JSONObject, draw: random.Random) -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": "1"}
    owner[draw.choice(list(owner))] = draw.choice(("", "x", "a/b/c"))
    obj["metadata"]["ownerReferences"] = [owner]


def _finalizer(obj: JSONObject, draw: random.Random) -> None:
    obj["metadata"]["finalizers"] = [draw.choice(_KEYS), draw.choice(("orphan", "x.io/y"))]


def _managed(obj: JSONObject, draw: random.Random) -> None:
    """Fields that a server ignores, since it writes its own values."""
    obj["metadata"]["managedFields"] = draw.choice(
        (
            [],
            [{"manager": "x" * 200, "operation": "Dance"}],
            [{"operation": "Update", "fieldsType": "FieldsV2", "apiVersion": "a/b/c", "fieldsV1": {"x": {}}}],
            [{"operation": "Apply", "fieldsType": "FieldsV1", "apiVersion": "v1", "fieldsV1": {"f:x": {}}}],
        )
    )


_SPOIL_METADATA: Sequence[Spoil] = (_name, _name, _label, _annotation, _owner, _finalizer, _managed)


def _spoil_rule(obj: JSONObject, draw: random.Random) -> None:
    rule = draw.choice(
        (
            {"verbs": ["get"], "resources": ["pods"]},
            {"verbs": ["get"], "apiGroups": [""]},
            {"apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["get"], "nonResourceURLs": ["/a<b"], "resources": ["pods"], "apiGroups": [""]},
            {"verbs": ["get"], "nonResourceURLs": ["/a", '/"'], "resourceNames": ["x"]},
            {"verbs": ["get"], "nonResourceURLs": ["/a"]},
            {},
            {"verbs": [""], "apiGroups": ["x/y"], "resources": ["PODS"], "resourceNames": ["*"]},
        )
    )
    obj.setdefault("rules", []).append(rule)


def _spoil_aggregation(obj: JSONObject, draw: random.Random) -> None:
    expression = {"key": "tier", "operator": "In", "values": ["a"]}
    expression[draw.choice(("key", "operator", "values"))] = draw.choice(("", "Exists", "_x"))
    if isinstance(expression["values"], str):
        expression["values"] = draw.choice(([], ["_x"], ["a", "b c"]))
    selectors = draw.choice(
        (
            [],
            [{"matchExpressions": [expression]}],
            [{"matchLabels": {draw.choice(_KEYS): draw.choice(_VALUES)}}],
        )
    )
    obj["aggregationRule"] = {"clusterRoleSelectors": selectors}


def _spoil_ref(obj: JSONObject, draw: random.Random) -> None:
    obj["roleRef"] |= draw.choice(
        (
            {"kind": "Role"},
            {"kind": "clusterrole"},
            {"kind": ""},
            {"apiGroup": "x"},
            {"apiGroup": ""},
            {"name": ""},
            {"name": "a/b"},
            {"name": "system:x"},
        )
    )


def _spoil_subject(obj: JSONObject, draw: random.Random) -> None:
    subject = draw.choice(obj["subjects"])
    subject |= draw.choice(
        (
            {"kind": "serviceaccount"},
            {"kind": ""},
            {"kind": "Role"},
            {"name": ""},
            {"name": "A_b"},
            {"apiGroup": "x"},
            {"apiGroup": ""},
            {"namespace": ""},
            {"kind": "ServiceAccount"},
        )
    )


def _spoil_policy(obj: JSONObject, draw: random.Random) -> None:
    spec = obj["spec"]
    ranges = draw.choice(([{"min": 5, "max": 1}], [{"min": -1, "max": -5}], [], [{"min": 0, "max": 1 << 40}]))
    rule = draw.choice(("MustRunAs", "MayRunAs", "RunAsAny", "MustRunAsNonRoot", "", "runAsAny"))
    spec |= draw.choice(
        (
            {draw.choice((*_STRATEGIES, "runAsGroup")): {"rule": rule}},
            {draw.choice(("runAsUser", "fsGroup", "runAsGroup")): {"rule": rule, "ranges": ranges}},
            {"volumes": [draw.choice(("configmap", "nfs", "", "*", "vsphereVolume"))]},
            {
                "requiredDropCapabilities": ["A", "B"],
                "allowedCapabilities": draw.choice((["*"], ["B"], ["C"])),
            },
            {"requiredDropCapabilities": ["A"], "defaultAddCapabilities": ["A"]},
            {"allowPrivilegeEscalation": False, "defaultAllowPrivilegeEscalation": draw.random() < 0.7},
            {"allowedProcMountTypes": draw.choice((["Default"], ["Unmasked", "x"]))},
            {"allowedHostPaths": [{"pathPrefix": draw.choice(("", "/a/../b", "/a..b"))}, {"pathPrefix": ""}]},
            {"allowedFlexVolumes": [{"driver": draw.choice(("", "x/y"))}]},
            {"allowedCSIDrivers": [{"name": draw.choice(("", "A.b", "_", "a" * 70))}]},
            {"allowedUnsafeSysctls": draw.choice((["*", "a"], ["kernel.*"], ["", "A"], ["a..b"], ["a/b"]))},
            {"allowedUnsafeSysctls": ["kernel.*", "net.a"], "forbiddenSysctls": ["kernel.msg*", "net.*"]},
            {"allowedUnsafeSysctls": ["kernel.msgmax"], "forbiddenSysctls": ["kernel.*", "kernel.msgmax"]},
            {"runtimeClass": {"allowedRuntimeClassNames": draw.choice((["*", "a"], ["a", "a"], ["A"]))}},
            {"runtimeClass": {"allowedRuntimeClassNames": ["a"], "defaultRuntimeClassName": "b"}},
            {"runtimeClass": {"allowedRuntimeClassNames": [], "defaultRuntimeClassName": ""}},
        )
    )


def _spoil_profiles(obj: JSONObject, draw: random.Random) -> None:
    which = draw.choice(("apparmor.security.beta", "seccomp.security.alpha"))
    name = draw.choice(("defaultProfileName", "allowedProfileNames"))
    profile = draw.choice(
        ("", "*", "runtime/default", "x", "localhost/a", "localhost//a,localhost/../b", "*,x")
    )
    obj["metadata"]["annotations"] = {f"{which}.kubernetes.io/{name}": profile}


def _spoil_levels(obj: JSONObject, draw: random.Random) -> None:
    labels = obj["metadata"].setdefault("labels", {})
    for _ in range(draw.randrange(1, 3)):
        mode = draw.choice(("enforce", "audit", "warn"))
        labels[f"{_PREFIX}{mode}"] = draw.choice(("restricted", "restrictd", "", "Baseline", "restricted."))
        labels[f"{_PREFIX}{mode}-version"] = draw.choice(
            ("latest", "v1.24", "1.24", "v1.024", "v2.0", "v1.999")
        )


def _spoil_finalizers(obj: JSONObject, draw: random.Random) -> None:
    obj["spec"] = {"finalizers": [draw.choice(_KEYS), draw.choice(("kubernetes", "orphan", "x.io/y"))]}


def _spec(obj: JSONObject) -> JSONObject:
    spec: JSONObject = obj["spec"]
    return spec["template"]["spec"] if "template" in spec else spec


def _spoil_context(obj: JSONObject, draw: random.Random) -> None:
    context = _spec(obj)["containers"][0]["securityContext"]
    context |= draw.choice(
        (
            {"allowPrivilegeEscalation": False, "privileged": True},
            {"allowPrivilegeEscalation": False, "capabilities": {"add": ["CAP_SYS_ADMIN", "SYS_ADMIN"]}},
            {"allowPrivilegeEscalation": False, "capabilities": {"add": ["SYS_ADMIN"]}},
            {"runAsUser": draw.choice((-1, 1 << 31, 0))},
            {"runAsGroup": draw.choice((-1, 1 << 31, 0))},
            {"runAsUser": 0, "runAsNonRoot": True},
            {"seccompProfile": draw.choice(_PROFILES)},
            {"procMount": draw.choice(("Default", "Unmasked"))},
            {"windowsOptions": {"hostProcess": True}},
        )
    )


_PROFILES: Sequence[JSONObject] = (
    {},
    {"type": "X"},
    {"type": "Localhost"},
    {"type": "Localhost", "localhostProfile": "/a"},
    {"type": "Localhost", "localhostProfile": "a/../b"},
    {"type": "RuntimeDefault"},
    {"type": "RuntimeDefault", "localhostProfile": "a"},
)


def _spoil_pod(obj: JSONObject, draw: random.Random) -> None:
    spec = _spec(obj)
    spec |= draw.choice(
        (
            {"os": {"name": draw.choice(("windows", "linux", "beos", ""))}},
            {"os": {"name": "windows"}, "securityContext": {"runAsUser": 1, "fsGroup": 2, "sysctls": []}},
            {
                "os": {"name": "windows"},
                "hostPID": True,
                "securityContext": {"seLinuxOptions": {"level": "s0"}},
            },
            {"os": {"name": "linux"}, "securityContext": {"windowsOptions": {"runAsUserName": "x"}}},
            {"securityContext": {"fsGroup": -1, "supplementalGroups": [1, -1], "runAsUser": 1 << 40}},
            {"securityContext": {"seccompProfile": draw.choice(_PROFILES)}},
            {"runtimeClassName": "A_b"} if obj["kind"] == "Deployment" else {"hostNetwork": True},
            {
                "securityContext": {"windowsOptions": {"hostProcess": True}},
                "hostNetwork": draw.random() < 0.5,
            },
        )
    )


_SPOIL: dict[str, Sequence[Spoil]] = {
    "Role": (_spoil_rule,),
    "ClusterRole": (_spoil_rule, _spoil_aggregation),
    "RoleBinding": (_spoil_ref, _spoil_subject),
    "ClusterRoleBinding": (_spoil_ref, _spoil_subject),
    "PodSecurityPolicy": (_spoil_policy, _spoil_policy, _spoil_profiles),
    "Namespace": (_spoil_levels, _spoil_finalizers),
    "ServiceAccount": (),
    "Pod": (_spoil_context, _spoil_pod),
    "Deployment": (_spoil_context, _spoil_pod),
}
