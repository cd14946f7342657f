"""Changes of stored objects that a server may refuse."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.live.boundaries.values import Row

_REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}


def _rows(base: str, fields: Mapping[str, Sequence[Any]], **others: Any) -> list[Row]:
    more = {f"/spec/{name}": value for name, value in others.items()}
    return [Row(f"stored {base}", f"/spec/{name}", values, more) for name, values in fields.items()]


_TOLERATION = {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
_APPARMOR = "container.apparmor.security.beta.kubernetes.io"
_ALSO = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
        }
    }
}

PODS = (
    *_rows(
        "Pod",
        {
            "activeDeadlineSeconds": (None, -1, 0, 1, 99, 100, 101, 2**31 - 1, 2**31),
            "terminationGracePeriodSeconds": (0, 1, 31),
            "containers/0/image": ("j", "", " i"),
            "containers/1/image": ("j", "", "i "),
            "containers/0/name": ("z", "b"),
            "containers": ([{"name": "a", "image": "i"}],),
            "initContainers/0/image": ("j", "", " i"),
            "initContainers": ([], None),
            "nodeSelector": ({}, {"a": "c"}, {"a": "b", "c": "d"}),
            "nodeName": ("n",),
            "hostname": ("h",),
            "schedulingGates": ([{"name": "g"}], [{"name": "-g"}]),
            "restartPolicy": ("Never",),
            "tolerations": (
                *(
                    [],
                    [_TOLERATION],
                    [{**_TOLERATION, "tolerationSeconds": 6}],
                    [{**_TOLERATION, "tolerationSeconds": None}],
                ),
                *(
                    [{**_TOLERATION, "key": "l"}],
                    [{**_TOLERATION, "effect": "NoSchedule"}],
                    [_TOLERATION, {"key": "z", "operator": "Exists"}],
                ),
                *(
                    [_TOLERATION, {"operator": "Exists"}],
                    [_TOLERATION, {"operator": "Exists", "effect": "NoExecute"}],
                ),
                [
                    _TOLERATION,
                    {
                        "key": "node.kubernetes.io/not-ready",
                        "operator": "Exists",
                        "effect": "NoExecute",
                        "tolerationSeconds": 7,
                    },
                ],
                [
                    _TOLERATION,
                    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoSchedule"},
                ],
                [{**_TOLERATION, "value": "x"}],
            ),
            "affinity": ({}, _ALSO),
            "serviceAccountName": ("default", "quiet"),
            "ephemeralContainers": ([{"name": "e", "image": "i"}],),
        },
    ),
    *_rows("Pod", {"containers/0/image": ("j",)}, activeDeadlineSeconds=101, nodeName="n"),
    *_rows("Pod", {"containers/0/image": ("j",)}, activeDeadlineSeconds=None, nodeName="n"),
    *_rows(
        "Pod gated",
        {
            "schedulingGates": (
                [],
                [{"name": "g"}],
                [{"name": "h"}, {"name": "g"}],
                [{"name": "g"}, {"name": "x"}],
                [{"name": "g"}, {"name": "g"}],
            ),
            "nodeSelector": ({}, {"a": "c"}, {"a": "b", "c": "d"}, {"c": "d"}),
            "affinity": (
                _ALSO,
                {},
                {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "k"}]}},
            ),
            "nodeName": ("n",),
            "activeDeadlineSeconds": (1, 0),
            "hostname": ("h",),
        },
    ),
    *(
        Row("stored Pod annotated", "/metadata/annotations", [annotations])
        for annotations in (
            None,
            {f"{_APPARMOR}/a": "runtime/default", "b": "c"},
            {f"{_APPARMOR}/a": "unconfined"},
            {f"{_APPARMOR}/a": "runtime/default", f"{_APPARMOR}/b": "runtime/default"},
            {f"{_APPARMOR}/b": "runtime/default"},
            {f"{_APPARMOR}/a": "runtime/default", "kubernetes.io/config.mirror": "x"},
            {
                "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
                f"{_APPARMOR}/a": "runtime/default",
            },
        )
    ),
    Row("stored Pod", "/metadata/labels", [{"-a": "b"}, {"a": "b"}]),
    Row("stored Pod", "/metadata/finalizers", [["a"], ["x.io/a"]]),
    *(
        Row(f"stored {kind}", "/metadata/labels", [{"-a": "b"}, {"a": "b"}])
        for kind in (
            "Deployment",
            "Job",
            "CronJob",
            "Service",
            "ConfigMap",
            "PodTemplate",
            "ServiceAccount",
            "Role",
        )
    ),
    *(
        Row(f"stored {kind}", "/metadata/generateName", ["A-"])
        for kind in ("Deployment", "Service", "ConfigMap")
    ),
)
"""Updates of pods, and of the metadata of other kinds."""

_SELECTORS: tuple[Any, ...] = (
    {"matchLabels": {"app": "y"}},
    {"matchLabels": {"app": "x"}},
    {"matchLabels": {"app": "x"}, "matchExpressions": []},
    None,
    {},
)
_CHANGED = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "j"}]}

WORKLOADS = (
    *(
        row
        for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet")
        for row in (
            *_rows(
                kind,
                {
                    "selector": _SELECTORS,
                    "minReadySeconds": (-1, 5),
                    "template/spec/containers/0/image": ("", "j"),
                    "template/metadata/labels": ({"app": "y"},),
                },
            ),
            *_rows(
                kind,
                {"selector": ({"matchLabels": {"app": "y"}},)},
                **{"template/metadata/labels": {"app": "y"}},
            ),
        )
    ),
    *_rows(
        "StatefulSet",
        {
            "serviceName": ("", "t", "A"),
            "podManagementPolicy": ("", "Parallel", "OrderedReady", "x"),
            "replicas": (-1, 5),
            "ordinals": ({"start": 1}, {"start": -1}),
            "revisionHistoryLimit": (-1, 5),
            "persistentVolumeClaimRetentionPolicy": ({"whenDeleted": "Delete"}, {"whenScaled": "x"}),
            "updateStrategy": ({"type": "OnDelete"}, {"type": "x"}),
            "volumeClaimTemplates": ([], None),
            "volumeClaimTemplates/0/metadata/name": ("other",),
            "volumeClaimTemplates/0/spec/accessModes": (["x"], ["ReadOnlyMany"]),
            "template/spec/volumes": ([{"name": "u", "hostPath": {"path": ""}}],),
        },
    ),
    *_rows(
        "Job",
        {
            "completions": (None, -1, 1, 2),
            "parallelism": (-1, 0, 3),
            "completionMode": ("Indexed", "NonIndexed", "x"),
            "selector": ({"matchLabels": {"app": "x"}}, None, {}),
            "manualSelector": (True,),
            "suspend": (True,),
            "backoffLimit": (-1, 1),
            "managedBy": ("x.io/y",),
            "ttlSecondsAfterFinished": (-1, 5),
            "podFailurePolicy": (
                {"rules": []},
                {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "A"}]}]},
            ),
            "backoffLimitPerIndex": (1,),
            "successPolicy": ({"rules": [{"succeededCount": 1}]},),
            "template/spec/restartPolicy": ("OnFailure", "Always"),
            "template/spec/containers/0/image": ("j",),
            "template/spec/nodeSelector": ({"a": "b"},),
            "template/metadata/labels": ({"app": "x"}, None),
            "template/metadata/labels/job-name": ("a", "z"),
            "template/metadata/labels/controller-uid": ("0", "z"),
            "selector/matchLabels/controller-uid": ("0", "z"),
            "template/metadata/annotations": ({"a": "b"},),
        },
    ),
    *_rows(
        "Job indexed",
        {
            "completions": (None, 4, 6, 3),
            "parallelism": (5, 3),
            "completionMode": ("NonIndexed", None),
            "backoffLimitPerIndex": (1,),
            "maxFailedIndexes": (1,),
            "successPolicy": ({"rules": [{"succeededCount": 1}]},),
        },
    ),
    *_rows("Job indexed", {"completions": (3, 4)}, parallelism=3),
    *(
        row
        for kind in ("Job suspended", "Job selecting")
        for row in _rows(
            kind,
            {
                "template/spec/nodeSelector": ({"a": "b"},),
                "template/spec/tolerations": ([{"key": "k", "operator": "Exists"}],),
                "template/spec/schedulingGates": ([{"name": "g"}],),
                "template/spec/affinity": (
                    _ALSO,
                    {
                        "podAffinity": {
                            "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "k"}]
                        }
                    },
                ),
                "template/metadata/annotations": ({"a": "b"},),
                "template/spec/containers/0/image": ("j",),
                "template/spec/containers/0/resources": ({"limits": {"cpu": "1"}},),
                "template/spec/restartPolicy": ("OnFailure",),
                "template/spec/hostname": ("h",),
                "selector": ({"matchLabels": {"app": "y"}}, {"matchLabels": {"-a": "x"}}, None),
                "suspend": (False, True),
            },
        )
    ),
    *_rows(
        "CronJob",
        {
            "schedule": ("TZ=UTC * * * * *", "x", ""),
            "timeZone": ("UTC", "x", ""),
            "concurrencyPolicy": ("Forbid", "x"),
            "jobTemplate/spec/template/spec/restartPolicy": ("Always", "OnFailure"),
            "jobTemplate/spec/completions": (-1, 3),
        },
    ),
    *_rows(
        "ReplicationController",
        {
            "selector": ({"app": "y"}, {}, {"app": "x"}),
            "replicas": (-1, 2),
            "template": (None,),
            "template/spec/containers/0/image": ("", "j"),
        },
    ),
    Row("stored PodTemplate", "/template/spec/containers/0/image", ("", "j", " i")),
)
"""Updates of workloads."""

_PORTS: tuple[list[Any], ...] = (
    *(
        [{"port": 80}],
        [{"port": 81}],
        [{"port": 80, "nodePort": 30095}],
        [{"port": 80, "protocol": "UDP"}],
        [],
    ),
    [{"name": "a", "port": 80}, {"name": "b", "port": 81}],
    [{"name": "a", "port": 80, "protocol": "UDP"}, {"name": "c", "port": 81}],
)

SERVICES = (
    *(
        row
        for kind in ("Service", "Service outside", "Service nodes", "Service named", "Service headless")
        for row in (
            *_rows(
                kind,
                {
                    "type": ("ClusterIP", "NodePort", "LoadBalancer", "x"),
                    "clusterIP": ("", None, "None", "10.0.0.77", "x"),
                    "clusterIPs": (None, [], ["None"], ["10.0.0.77"], ["10.0.0.77", "10.0.0.78"]),
                    "ipFamilies": (None, ["IPv6"], ["IPv4", "IPv6"], ["x"]),
                    "ipFamilyPolicy": (None, "PreferDualStack", "RequireDualStack", "x"),
                    "ports": _PORTS,
                    "externalName": ("b.example", "A"),
                    "externalTrafficPolicy": (None, "Cluster", "Local", "x"),
                    "healthCheckNodePort": (None, 31000),
                    "loadBalancerClass": (None, "x.io/z", "A b"),
                    "allocateLoadBalancerNodePorts": (None, False),
                    "externalIPs": (["8.8.8.8"], ["x"]),
                    "sessionAffinity": ("ClientIP", "x"),
                    "selector": ({"-a": "b"}, {"a": "b"}),
                    "internalTrafficPolicy": (None, "x"),
                },
            ),
            *_rows(kind, {"type": ("ExternalName",)}, externalName="b.example"),
            *_rows(
                kind, {"type": ("ExternalName",)}, externalName="b.example", clusterIP=None, clusterIPs=None
            ),
            *_rows(kind, {"clusterIP": (None, "")}, type="ExternalName", externalName="b.example"),
            *_rows(kind, {"clusterIPs": (None,)}, type="ExternalName", externalName="b.example"),
            *_rows(kind, {"type": ("ClusterIP", "NodePort")}, externalTrafficPolicy=None),
            *_rows(kind, {"type": ("ClusterIP",)}, clusterIP="10.0.0.77", clusterIPs=["10.0.0.77"]),
            *_rows(kind, {"type": ("ClusterIP",)}, ports=[{"port": 80, "nodePort": 30099}]),
            *_rows(kind, {"clusterIP": ("10.0.0.77",)}, clusterIPs=["10.0.0.78"]),
            *_rows(kind, {"clusterIP": (None,)}, clusterIPs=None),
            *_rows(kind, {"ipFamilies": (None,)}, ipFamilyPolicy=None),
            *_rows(kind, {"ports": ([{"port": 80}],)}, type="NodePort"),
            *_rows(
                kind,
                {"healthCheckNodePort": (None, 31000)},
                type="LoadBalancer",
                externalTrafficPolicy="Local",
            ),
            *_rows(kind, {"type": ("ClusterIP",)}, externalIPs=["8.8.8.8"]),
        )
    ),
    *_rows(
        "Service outside",
        {"ports": ([{"name": "a", "port": 80, "nodePort": 30081}, {"name": "b", "port": 81}],)},
    ),
)
"""Updates of Services."""

OTHERS = (
    *(
        Row(f"stored ConfigMap{kind}", pointer, values)
        for kind in ("", " fixed")
        for pointer, values in (
            ("/immutable", (None, False, True)),
            ("/data", (None, {"a": "y"}, {"a": "x"}, {"a": "x", "": "y"})),
            ("/binaryData", (None, {"b": "eA=="}, {"b": "AA=="})),
        )
    ),
    Row(
        "stored RoleBinding",
        "/roleRef",
        [{**_REF, "name": "edit"}, {**_REF, "kind": "Role"}, _REF, {**_REF, "apiGroup": "x"}],
    ),
    Row("stored RoleBinding", "/subjects", [[], [{"kind": "x", "name": "a"}]]),
    Row("stored Role", "/rules", [[], [{"verbs": []}]]),
)
"""Updates of what has no pods."""
