"""Boundary values in later items of lists, and absent numbers."""

from typing import Any

from tests.live.boundaries.values import Row

_REQUIRED, _PREFERRED = (
    f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred")
)
_CLAIMS = [{"name": name, "resourceClaimName": "x"} for name in "cd"]
_HUGE = {"hugepages-2Mi": "4Mi", "cpu": "1"}


def _row(base: str, pointer: str, *values: Any, **others: Any) -> Row:
    return Row(base, f"/spec/{pointer}", values, {f"/spec/{name}": value for name, value in others.items()})


_SERVICES = (
    _row("Service", "clusterIPs", ["None", "x"], ["None", "10.0.0.7", "x"], clusterIP="None"),
    _row("Service", "ipFamilies", ["IPv6"], ["x"], clusterIP="None", clusterIPs=["None"]),
    _row("Service", "loadBalancerSourceRanges", ["10.0.0.00/8"], ["::00/8"], type="LoadBalancer"),
    _row("Service", "ports", [{"name": "a"}, {"name": "b", "port": 0}], [{"name": "a"}, {"name": "b"}]),
    *(
        _row(
            "Service",
            "healthCheckNodePort",
            31000,
            type="LoadBalancer",
            externalTrafficPolicy=policy,
        )
        for policy in ("Local", "X", "Cluster")
    ),
)

_CONTAINERS = (
    _row(
        "Pod",
        "containers/1/readinessProbe",
        *({handler: {}} for handler in ("httpGet", "tcpSocket", "grpc")),
        {"httpGet": {"path": "/"}},
    ),
    _row("Pod", "containers/1/lifecycle", {"preStop": {"sleep": {}}}, {"preStop": {"tcpSocket": {}}}),
    _row(
        "Pod",
        "containers/1/resources",
        {"claims": [{"name": ""}, {"name": "x"}]},
        {"claims": [{"name": "d", "request": "r"}, {"name": "c"}]},
        {"claims": [{"name": "c", "request": "r"}, {"name": "d"}]},
        resourceClaims=_CLAIMS,
    ),
    _row("Pod", "containers/1/resources", {"limits": {"x.io/a": "-500m"}, "requests": {"x.io/a": "-500m"}}),
    _row(
        "Pod",
        "containers/1/ports",
        [{"containerPort": 1}, {"containerPort": 2, "hostPort": 5}, {"containerPort": 3, "hostPort": 5}],
    ),
    _row("Pod", "containers/1/ports", [{"name": "a"}], [{"hostPort": 1}], hostNetwork=True),
    _row(
        "Pod",
        "containers/1/env",
        *(
            [
                {"name": "A"},
                {"name": "B", "valueFrom": {"fileKeyRef": {"volumeName": volume, "path": "a", "key": "K"}}},
            ]
            for volume in "pvx"
        ),
        *(
            [{"name": "B", "valueFrom": {"resourceFieldRef": {"resource": name, **divisor}}}]
            for name in ("limits.cpu", "limits.memory")
            for divisor in ({}, {"divisor": "100u"}, {"divisor": "0.0001"})
        ),
    ),
    _row(
        "Pod",
        "containers/1/resizePolicy",
        *([{"resourceName": "cpu", "restartPolicy": policy}] for policy in ("", "A")),
        restartPolicy="Never",
    ),
    _row(
        "Pod",
        "containers/1/restartPolicyRules",
        [{"action": "Restart"}, {"action": "x"}],
        **{"containers/1/restartPolicy": "Never"},
    ),
)

_FIELDS = ("labels['A/-']", "labels['A/b']", "labels['A_b']", "annotations['A/-']", "annotations['A/b']")

_PODS = (
    *(
        _row(
            "Pod",
            "containers/1/env",
            [{"name": "A"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": f"metadata.{field}"}}}],
        )
        for field in _FIELDS
    ),
    *(
        _row(
            "Pod",
            "volumes/1",
            {
                "name": "u",
                "ephemeral": {
                    "volumeClaimTemplate": {
                        "metadata": {"labels": {"a": "b"}, name: number},
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "1"}},
                        },
                    }
                },
            },
        )
        for name in ("generation", "deletionGracePeriodSeconds")
        for number in (0, 1)
    ),
    _row("Pod", "affinity", {"nodeAffinity": {_PREFERRED: [{"preference": {}}]}}),
    *(
        _row("Pod", "affinity", {kind: {_PREFERRED: [{"podAffinityTerm": {"topologyKey": "k"}}]}})
        for kind in ("podAffinity", "podAntiAffinity")
    ),
    _row(
        "Pod",
        "affinity",
        {
            "podAffinity": {
                _REQUIRED: [{"topologyKey": "k", "matchLabelKeys": ["a"], "mismatchLabelKeys": ["b"]}]
            }
        },
        *(
            {
                "podAffinity": {
                    _REQUIRED: [
                        {
                            "topologyKey": "k",
                            "matchLabelKeys": keys,
                            "labelSelector": {
                                "matchLabels": {"b": "x"},
                                "matchExpressions": [{"key": "b", "operator": "Exists"}],
                            },
                        }
                    ]
                }
            }
            for keys in (["a", "b", "c"], ["c", "b", "a"], ["b", "a", "b", "c"])
        ),
    ),
    _row(
        "Pod",
        "resources",
        *({"limits": {"cpu": "2", "hugepages-2Mi": size}} for size in ("2Mi", "4Mi")),
        *({"limits": {"memory": "1Gi", "cpu": "2", "hugepages-2Mi": size}} for size in ("2Mi", "4Mi")),
        **{"containers/1/resources": {"requests": _HUGE, "limits": _HUGE}},
    ),
    Row(
        "Pod",
        "/spec/volumes",
        [
            [{"name": "v", "emptyDir": {}}, {"name": "u", "persistentVolumeClaim": {"claimName": name}}]
            for name in ("pod-v", "pod-u")
        ],
    ),
    Row(
        "PodTemplate",
        "/template/spec/volumes",
        [[{"name": "e", "persistentVolumeClaim": {"claimName": "-e"}}]],
    ),
    _row(
        "Pod",
        "volumes/1",
        *(
            {"name": "u", kind: source}
            for kind, source in (
                ("iscsi", {"targetPortal": "t", "iqn": "iqn.2001-04.com.example:s"}),
                ("gcePersistentDisk", {"pdName": "d"}),
                ("fc", {"wwids": ["w"], "lun": -1}),
            )
        ),
    ),
    Row("Pod", "/metadata/annotations", [{"kubernetes.io/config.mirror": "x"}]),
    Row("Pod", "/metadata/annotations", [{"kubernetes.io/config.mirror": "x"}], {"/spec/nodeName": "n"}),
    *(
        Row("Pod", "/metadata/annotations", [{"controller.kubernetes.io/pod-deletion-cost": cost}])
        for cost in (
            "2147483647",
            "2147483648",
            "-2147483648",
            "-2147483649",
            "0",
            "-0",
            "00",
            "+1",
            "01",
            "x",
        )
    ),
)

_JOBS = (
    _row(
        "Job indexed",
        "successPolicy",
        {"rules": [{"succeededCount": 0}]},
        {"rules": [{"succeededCount": 1}]},
        {"rules": [{"succeededIndexes": "0"}]},
        completions=None,
    ),
    _row(
        "Job indexed",
        "successPolicy",
        *({"rules": [{"succeededIndexes": "x", "succeededCount": count}]} for count in (0, 1)),
        *({"rules": [{"succeededIndexes": text}]} for text in ("6", "7-9", "0-4,2", "1-3,5")),
        {"rules": [{"succeededCount": 1}, {"succeededIndexes": "6"}, {}]},
    ),
    _row("Job indexed", "parallelism", None, 100_001),
    _row("Job", "completionMode", "x", None, backoffLimitPerIndex=1),
    Row("ReplicationController", "/metadata/name", ["a" * size for size in (63, 64)]),
    _row("CronJob", "schedule", "*/-1 * * * *", "1/ * * * *", "/1 * * * *", "-/1 * * * *", "1-/1 * * * *"),
    _row(
        "DaemonSet",
        "updateStrategy",
        {"rollingUpdate": {"maxSurge": 1}},
        {"rollingUpdate": {"maxSurge": "x"}},
    ),
    _row("StatefulSet", "ordinals", {}, {"start": 1}),
)

UPDATES = (
    _row(
        "stored Service outside",
        "ports",
        [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30099}],
        [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30081}],
        type="ClusterIP",
    ),
    _row("stored Service named port", "ports", [{"port": 80}], type="NodePort"),
    _row("stored Service named port", "ports", [{"port": 80}], type="LoadBalancer"),
    *(
        _row(f"stored Service{kind}", "clusterIPs", *values, type="ExternalName", externalName="b.example")
        for kind in ("", " nodes")
        for values in ((None, ["10.0.0.77"]),)
    ),
    _row("stored Service", "externalTrafficPolicy", "Local", "Cluster", externalIPs=["8.8.8.8"]),
    _row("stored Service", "externalTrafficPolicy", "Local", "Cluster"),
    _row("stored Service outside", "externalTrafficPolicy", "Local", "Cluster", type="ClusterIP"),
    _row("stored Service outside", "healthCheckNodePort", None, 31000, 0, type="NodePort"),
    _row("stored Service outside", "healthCheckNodePort", None, 31000, 0, type="ClusterIP"),
    _row("stored Service outside", "loadBalancerClass", "x.io/z", "x.io/y", None, type="NodePort"),
    _row("stored Service outside", "allocateLoadBalancerNodePorts", True, False, None, type="NodePort"),
    _row(
        "stored Service", "ipFamilyPolicy", "SingleStack", "PreferDualStack", clusterIPs=None, ipFamilies=None
    ),
    *(
        _row("stored StatefulSet", f"template/spec/{field}", value)
        for field, value in (("hostname", "A"), ("priorityClassName", "A"))
    ),
    *(
        _row("stored Job suspended", "template/spec/affinity", *values, suspend=suspend)
        for suspend in (True, False)
        for values in (({},), ({"podAffinity": {_REQUIRED: [{"topologyKey": "k"}]}},))
    ),
    _row("stored Job indexed", "completions", 1, 2, 3, 5, None, parallelism=None),
    _row("stored Service", "ipFamilies", ["IPv6"], ["IPv4"], clusterIP=None, clusterIPs=None),
    _row("stored Pod", "containers/1/image", " j", "j "),
    *(
        _row(
            "stored Pod gated",
            "affinity",
            {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": terms}}},
        )
        for terms in (
            [],
            [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}],
            [{"matchExpressions": [{"key": key, "operator": "Exists"}]} for key in "ab"],
        )
    ),
)
"""What is replaced."""

ROWS = (*_SERVICES, *_CONTAINERS, *_PODS, *_JOBS)
"""What is created."""
