"""Boundary values of the fields of a pod, except for its containers and volumes."""

from collections.abc import Sequence
from typing import Any

from tests.live.boundaries.values import KEYS, LABELS, SECONDS, SIGNS, SUBDOMAINS, TEXTS, Row, each

_REQUIRED, _PREFERRED = (
    f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred")
)


def _row(pointer: str, *values: Any, **others: Any) -> Row:
    return Row("Pod", f"/spec/{pointer}", values, {f"/spec/{name}": value for name, value in others.items()})


def _selectors() -> list[Any]:
    return [
        {},
        {"matchLabels": {"-a": "b"}},
        {"matchLabels": {"a": "-b"}},
        *(
            {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}
            for key, operator, values in (
                *(("a", "In", []), ("a", "In", ["b"]), ("a", "NotIn", []), ("a", "NotIn", ["-b"])),
                *(("a", "Exists", []), ("a", "Exists", ["b"]), ("a", "DoesNotExist", ["b"]), ("a", "x", [])),
                *(("-a", "Exists", []), ("", "Exists", []), ("a", "In", ["b", "-c"]), ("a", "", [])),
            )
        ),
    ]


def _node_terms() -> list[Any]:
    return [
        {},
        *(
            {
                "matchExpressions": [
                    {"key": "a", "operator": "Exists"},
                    {"key": key, "operator": operator, "values": values},
                ]
            }
            for key, operator, values in (
                *(("a", "In", []), ("a", "In", ["b"]), ("a", "In", ["b", "-c"]), ("a", "NotIn", [])),
                *(("a", "Exists", []), ("a", "Exists", ["b"]), ("a", "DoesNotExist", ["b"]), ("a", "x", [])),
                *(
                    ("a", "Gt", []),
                    ("a", "Gt", ["1"]),
                    ("a", "Gt", ["1", "2"]),
                    ("a", "Lt", []),
                    ("a", "Lt", ["1"]),
                ),
                *(("-a", "Exists", []), ("", "Exists", []), ("a", "", [])),
            )
        ),
        *(
            {
                "matchFields": [
                    {"key": "metadata.name", "operator": "In", "values": ["n"]},
                    {"key": key, "operator": operator, "values": values},
                ]
            }
            for key, operator, values in (
                *(
                    ("metadata.name", "In", []),
                    ("metadata.name", "NotIn", ["n"]),
                    ("metadata.name", "In", ["n", "m"]),
                ),
                *(
                    ("metadata.name", "Exists", []),
                    ("metadata.name", "In", ["A"]),
                    ("x", "In", ["A"]),
                    ("x", "y", []),
                ),
            )
        ),
    ]


_GOOD_TERM = {"topologyKey": "k"}
_SELECTED = {"topologyKey": "k", "labelSelector": {"matchLabels": {"app": "x"}}}
_TERMS = (
    {},
    *({"topologyKey": key} for key in KEYS),
    *({**_GOOD_TERM, "labelSelector": selector} for selector in _selectors()),
    *({**_GOOD_TERM, "namespaceSelector": selector} for selector in ({}, {"matchLabels": {"-a": "b"}})),
    *({**_GOOD_TERM, "namespaces": ["a", name]} for name in ("", "A", "a" * 64)),
)
_KEYED_TERMS: Sequence[Any] = (
    *({**_GOOD_TERM, field: ["a"]} for field in ("matchLabelKeys", "mismatchLabelKeys")),
    *(
        {**_SELECTED, field: ["b", key]}
        for field in ("matchLabelKeys", "mismatchLabelKeys")
        for key in ("a", "-a", "", "app", "b")
    ),
    {**_SELECTED, "matchLabelKeys": ["b", "a"], "mismatchLabelKeys": ["a"]},
    {**_SELECTED, "matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "b"}}},
    {
        **_SELECTED,
        "matchLabelKeys": ["b", "a"],
        "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
    },
    {
        **_SELECTED,
        "matchLabelKeys": ["b", "app"],
        "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
    },
    {
        **_SELECTED,
        "mismatchLabelKeys": ["app"],
        "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
    },
)
_SPREAD = {"maxSkew": 1, "topologyKey": "k", "whenUnsatisfiable": "DoNotSchedule"}

SPECS = (
    _row("restartPolicy", "x", "", "Always", "OnFailure", "Never"),
    _row("dnsPolicy", "x", "", "Default", "ClusterFirst", "ClusterFirstWithHostNet", "None"),
    *(_row(name, *SUBDOMAINS) for name in ("nodeName", "priorityClassName")),
    *(_row(name, *LABELS) for name in ("hostname", "subdomain")),
    _row("serviceAccountName", "default", "A"),
    _row("preemptionPolicy", "", "x", "Never", "PreemptLowerPriority"),
    _row("activeDeadlineSeconds", *SECONDS),
    *(_row("nodeSelector", {key: "b"}) for key in KEYS),
    *(_row("nodeSelector", {"a": value}) for value in TEXTS),
    *(_row("readinessGates", [{"conditionType": "a"}, {"conditionType": key}]) for key in KEYS),
    *(_row("schedulingGates", [{"name": "a"}, {"name": key}]) for key in KEYS),
    _row("schedulingGates", [{"name": "a"}], nodeName="n"),
    *(
        _row("tolerations", [{"key": "a"}, toleration])
        for toleration in (
            {},
            {"operator": "Exists"},
            *({"key": key} for key in KEYS[2:]),
            *({"key": "a", "operator": operator} for operator in ("Equal", "Exists", "Lt", "Gt", "x", "")),
            *({"key": "a", "value": value} for value in (*TEXTS, "-" * 64)),
            {"key": "a", "operator": "Exists", "value": "b"},
            *(
                {"key": "a", "effect": effect}
                for effect in ("NoSchedule", "PreferNoSchedule", "NoExecute", "x")
            ),
            *(
                {"key": "a", "tolerationSeconds": 1, "effect": effect}
                for effect in ("NoExecute", "NoSchedule", "")
            ),
            {"operator": "Equal"},
        )
    ),
    *(
        _row("affinity", {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": terms}}})
        for terms in ([], *([{}, each] for each in _node_terms()))
    ),
    _row("affinity", {"nodeAffinity": {_REQUIRED: {}}}),
    *(
        _row(
            "affinity",
            {
                "nodeAffinity": {
                    _PREFERRED: [{"weight": 1, "preference": {}}, {"weight": 1, "preference": each}]
                }
            },
        )
        for each in _node_terms()
    ),
    *(
        _row(
            "affinity",
            {"nodeAffinity": {_PREFERRED: [{"weight": weight, "preference": {}}]}},
            {
                "podAffinity": {
                    _PREFERRED: [
                        {"weight": 1, "podAffinityTerm": _GOOD_TERM},
                        {"weight": weight, "podAffinityTerm": _GOOD_TERM},
                    ]
                }
            },
        )
        for weight in (-1, 0, 1, 100, 101)
    ),
    *(
        _row("affinity", {"podAffinity": {_REQUIRED: [_GOOD_TERM, term]}})
        for term in (*_TERMS, *_KEYED_TERMS)
    ),
    *(_row("affinity", {"podAntiAffinity": {_REQUIRED: [term]}}) for term in each({}, *_KEYED_TERMS[:3])),
    *(
        _row("affinity", {kind: {_PREFERRED: [{"weight": 1, "podAffinityTerm": term}]}})
        for kind in ("podAffinity", "podAntiAffinity")
        for term in each({}, _KEYED_TERMS[0], _KEYED_TERMS[3], _KEYED_TERMS[-2])
    ),
    *(
        _row("topologySpreadConstraints", [_SPREAD, {**_SPREAD, "topologyKey": "l", "maxSkew": number}])
        for number in SIGNS
    ),
    *(_row("topologySpreadConstraints", [{**_SPREAD, "topologyKey": key}]) for key in ("", "-a")),
    *(
        _row("topologySpreadConstraints", [{**_SPREAD, "whenUnsatisfiable": value}])
        for value in ("", "x", "ScheduleAnyway")
    ),
    _row("topologySpreadConstraints", [_SPREAD, _SPREAD], [_SPREAD, {**_SPREAD, "topologyKey": "l"}]),
    _row(
        "topologySpreadConstraints",
        [_SPREAD, _SPREAD, _SPREAD],
        [_SPREAD, {**_SPREAD, "whenUnsatisfiable": "ScheduleAnyway"}],
    ),
    *(_row("topologySpreadConstraints", [{**_SPREAD, "minDomains": number}]) for number in SIGNS),
    _row("topologySpreadConstraints", [{**_SPREAD, "minDomains": 1, "whenUnsatisfiable": "ScheduleAnyway"}]),
    *(
        _row("topologySpreadConstraints", [{**_SPREAD, name: value}])
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy")
        for value in ("", "Honor", "Ignore", "x")
    ),
    *(
        _row("topologySpreadConstraints", [{**_SPREAD, "labelSelector": selector}])
        for selector in _selectors()
    ),
    *(_row("topologySpreadConstraints", [{**_SPREAD, **term}]) for term in _KEYED_TERMS),
    *(
        _row("dnsConfig", config)
        for config in (
            {},
            *({"nameservers": ["1.2.3.4"] * count} for count in (3, 4)),
            *(
                {"nameservers": ["1.2.3.4", address]}
                for address in ("", "x", "::1", "01.2.3.4", "::ffff:1.2.3.4")
            ),
            *({"searches": ["a"] * count} for count in (6, 7, 32, 33)),
            *({"searches": ["a" * 63] * 3 + ["a" * count]} for count in (64, 65)),
            *(
                {"searches": [".".join(["a" * 63] * 3 + ["b" * 53])] * 8 + ["c" * count]}
                for count in (83, 84, 85)
            ),
            *(
                {"searches": ["a", search]}
                for search in ("", ".", "..", "a.", "a..", "A", "_a", "a_b", "_a._b", "a_", "_", "a" * 254)
            ),
            {"options": [{"name": "a"}, {"name": ""}]},
            {"options": [{"value": "a"}]},
        )
    ),
    *(
        _row("dnsConfig", config, dnsPolicy="None")
        for config in each({}, {"nameservers": []}, {"nameservers": ["1.2.3.4"]}, {"nameservers": ["x"]})
    ),
    *(
        _row("hostAliases", [{"ip": "1.2.3.4", "hostnames": ["a"]}, {"ip": address, "hostnames": names}])
        for address, names in (
            ("", ["a"]),
            ("x", ["a"]),
            ("::1", ["a", "b"]),
            ("1.2.3.4", ["a", "B"]),
            ("1.2.3.4", []),
            ("1.2.3.4", [""]),
        )
    ),
    _row(
        "hostnameOverride",
        *LABELS,
        "a" * 64 + ".b",
        "a.b",
        f"{'a' * 31}.{'b' * 32}",
        f"{'a' * 31}.{'b' * 33}",
    ),
    _row("hostnameOverride", "a", setHostnameAsFQDN=True),
    _row("hostnameOverride", "a", hostNetwork=True),
    _row("overhead", {"cpu": "-1"}, {"hugepages-2Mi": "2Mi"}, {"x": "1"}, {"pods": "1"}, {"x.io/a": "500m"}),
    *(
        _row("securityContext/sysctls", [{"name": "a", "value": "1"}, {"name": name, "value": "1"}])
        for name in (
            *(
                "",
                "a",
                "b",
                "a.b",
                "a/b",
                "net.a",
                "kernel.sem",
                "A",
                "a b",
                "a..b",
                "a-b_c",
                "-a",
                "a.",
                "a_",
            ),
            *(
                ".".join(["a" * 50] * 5)[:253],
                ".".join(["a" * 50] * 5)[:253] + "b",
                "net/a.b",
                "a//b",
                "a./b",
            ),
        )
    ),
    *(
        _row("securityContext/sysctls", [{"name": name, "value": "1"}], **{host: True})
        for name, host in (
            *(
                ("net.a", "hostNetwork"),
                ("net/a", "hostNetwork"),
                ("net/a.b/c", "hostNetwork"),
                ("kernel.sem", "hostNetwork"),
            ),
            *(
                ("kernel.sem", "hostIPC"),
                ("kernel/sem", "hostIPC"),
                ("kernel.msgmax", "hostIPC"),
                ("net.a", "hostIPC"),
            ),
            *(
                ("fs.mqueue.a", "hostIPC"),
                ("fs.a", "hostIPC"),
                ("kernel.shm_rmid_forced", "hostIPC"),
                ("neta", "hostNetwork"),
            ),
            *(
                ("kernel.shm", "hostIPC"),
                ("kernel.shmall", "hostIPC"),
                ("kernel.shmmax", "hostIPC"),
                ("kernel.shmmni", "hostIPC"),
            ),
            *(
                ("kernel.msg", "hostIPC"),
                ("kernel.msgmnb", "hostIPC"),
                ("kernel.msgmni", "hostIPC"),
                ("kernel.x", "hostIPC"),
            ),
        )
    ),
    *(
        _row("securityContext", {name: value})
        for name, values in (
            ("fsGroupChangePolicy", ("", "x", "Always", "OnRootMismatch")),
            ("supplementalGroupsPolicy", ("", "x", "Merge", "Strict")),
            ("seLinuxChangePolicy", ("", "x", "MountOption", "Recursive")),
            ("runAsUser", (-1, 0, 2**31 - 1, 2**31)),
            ("runAsGroup", (-1, 0, 2**31)),
            ("fsGroup", (-1, 0, 2**31)),
            ("supplementalGroups", ([-1], [0, -1], [1, 2**31])),
        )
        for value in values
    ),
    _row("shareProcessNamespace", True, False, hostPID=True),
    _row("hostUsers", False, True),
    *(_row("hostUsers", False, True, **{name: True}) for name in ("hostNetwork", "hostPID", "hostIPC")),
    *(
        _row("hostUsers", False, **{f"{kind}/1/volumeDevices": [{"name": "p", "devicePath": "/d"}]})
        for kind in ("containers", "initContainers")
    ),
    *(
        _row("resourceClaims", [{"name": "a", "resourceClaimName": "x"}, claim])
        for claim in (
            *({"name": name, "resourceClaimName": "x"} for name in (*LABELS, "a", "b")),
            *(
                {"name": "b", key: name}
                for key in ("resourceClaimName", "resourceClaimTemplateName")
                for name in SUBDOMAINS
            ),
            {"name": "b"},
            {"name": "b", "resourceClaimName": "x", "resourceClaimTemplateName": "y"},
            {},
        )
    ),
    *(
        _row(
            "resources",
            resources,
            **{"containers/0/resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}},
        )
        for resources in (
            {},
            *({"requests": {"cpu": value}} for value in ("999m", "1", "2")),
            *({"limits": {"cpu": value}} for value in ("1", "2", "1999m", "3")),
            {"requests": {"cpu": "3"}, "limits": {"cpu": "2"}},
            *(
                {"limits": {name: "1"}}
                for name in ("memory", "ephemeral-storage", "x.io/a", "foo", "storage", "-")
            ),
            {"limits": {"hugepages-2Mi": "2Mi", "cpu": "2"}},
            {"limits": {"hugepages-2Mi": "2Mi"}},
            {"limits": {"hugepages-2Mi": "3Mi", "cpu": "2"}},
            {"claims": [{"name": "c"}]},
            {"requests": {"cpu": "-1"}},
        )
    ),
    _row("resources", {"limits": {"cpu": "1"}}, os={"name": "windows"}),
    *(
        _row(
            "resources",
            {"limits": {"hugepages-2Mi": size, "cpu": "2"}},
            **{
                "containers/1/resources": {
                    "requests": {"hugepages-2Mi": "4Mi", "cpu": "1"},
                    "limits": {"hugepages-2Mi": "4Mi", "cpu": "1"},
                },
                "containers/0/resources": {
                    "requests": {"hugepages-2Mi": "4Mi", "cpu": "1"},
                    "limits": {"hugepages-2Mi": "4Mi", "cpu": "1"},
                },
            },
        )
        for size in ("2Mi", "6Mi", "8Mi", "10Mi")
    ),
    _row("os", {"name": "linux"}, {"name": "windows"}, {"name": ""}, {"name": "x"}),
    *(
        _row("os", {"name": name}, **{field: value})
        for name, field, value in (
            *(
                ("windows", "hostPID", True),
                ("windows", "hostIPC", True),
                ("windows", "shareProcessNamespace", True),
            ),
            *(("windows", "hostUsers", False), ("windows", "containers/1/securityContext", {"runAsUser": 1})),
            *(
                ("windows", "securityContext", {"fsGroup": 1}),
                ("windows", "securityContext", {"sysctls": [{"name": "a", "value": "1"}]}),
            ),
            ("linux", "containers/1/securityContext", {"windowsOptions": {"runAsUserName": "a"}}),
            ("linux", "securityContext", {"windowsOptions": {"runAsUserName": "a"}}),
        )
    ),
    _row(
        "ephemeralContainers",
        [{"name": "e", "image": "i"}],
        [{"name": "", "image": " i"}, {"name": "a", "image": "", "targetContainerName": "x"}],
    ),
    _row(
        "ephemeralContainers",
        *(
            [{"name": "e", "image": "i", "targetContainerName": "a"}, {"name": "f", "image": "i", **more}]
            for more in each(
                {"name": "e"},
                {"name": "a"},
                {"name": "i"},
                {"name": "A"},
                {"name": ""},
                {"image": ""},
                {"image": " i"},
                {"targetContainerName": "e"},
                {"targetContainerName": "i"},
                {"terminationMessagePolicy": "x"},
                {"ports": [{"containerPort": 1}]},
                {"resources": {"limits": {"cpu": "1"}}},
                {"lifecycle": {"preStop": {}}},
                {"livenessProbe": {"tcpSocket": {"port": 1}}},
                {"readinessProbe": {}},
                {"startupProbe": {}},
                {
                    "volumeMounts": [
                        {"name": "v", "mountPath": "/a"},
                        {"name": "w", "mountPath": "/b", "subPath": "a"},
                    ]
                },
                {"volumeMounts": [{"name": "v", "mountPath": "/a", "subPathExpr": "a"}]},
            )
        ),
    ),
)
"""Fields of the spec."""

METADATA = (
    *(Row("Pod", "/metadata/name", [name]) for name in SUBDOMAINS[1:]),
    *(Row("Pod", "/metadata/labels", [{key: "x"}]) for key in KEYS),
    *(Row("Pod", "/metadata/labels", [{"a": value}]) for value in TEXTS),
    *(Row("Pod", "/metadata/annotations", [{key: "x"}]) for key in KEYS),
    Row(
        "Pod",
        "/metadata/annotations",
        [
            {"A/B": "x"},
            {"a": "x" * (1 << 18)},
            {"a": "x" * (1 << 17), "b": "y" * (1 << 17)},
        ],
    ),
    Row("Pod", "/metadata/generateName", ["a-"], {"/metadata/name": None}),
    *(
        Row(
            "Pod",
            "/metadata/ownerReferences",
            [[{"apiVersion": "v1", "kind": "ReplicationController", "name": "o", "uid": "u", **owner}]],
        )
        for owner in (
            *(
                {},
                {"apiVersion": ""},
                {"kind": ""},
                {"name": ""},
                {"uid": ""},
                {"apiVersion": "v1", "kind": "Event"},
            ),
            *({"apiVersion": "a/b/c"}, {"apiVersion": "/v1"}, {"controller": True}),
        )
    ),
    Row(
        "Pod",
        "/metadata/ownerReferences",
        [
            [
                {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": name, "controller": controls}
                for name, controls in (("a", True), ("b", second), ("c", True))
            ]
            for second in (True, False)
        ],
    ),
    *(
        Row("Pod", "/metadata/finalizers", [names])
        for names in (
            *(
                ["x.io/a"],
                ["a"],
                ["kubernetes"],
                ["orphan"],
                ["foregroundDeletion"],
                ["orphan", "foregroundDeletion"],
            ),
            *(["x.io/a", ""], ["x.io/a", "-/b"], ["x.io/a", "A b"]),
        )
    ),
    *(
        Row("Pod", "/metadata/annotations", [{key: value}])
        for key, value in (
            *(
                ("seccomp.security.alpha.kubernetes.io/pod", "x"),
                ("seccomp.security.alpha.kubernetes.io/pod", "runtime/default"),
            ),
            *(
                ("container.seccomp.security.alpha.kubernetes.io/a", "localhost/../a"),
                ("container.apparmor.security.beta.kubernetes.io/z", "runtime/default"),
            ),
            *(
                ("container.apparmor.security.beta.kubernetes.io/a", "x"),
                ("container.apparmor.security.beta.kubernetes.io/b", "localhost/"),
            ),
            *(
                ("kubernetes.io/config.mirror", "x"),
                ("kubernetes.io/config.mirror", ""),
                *(
                    ("controller.kubernetes.io/pod-deletion-cost", cost)
                    for cost in (
                        "0",
                        "-1",
                        "+1",
                        "01",
                        "",
                        "x",
                        "2147483647",
                        "2147483648",
                        "-2147483648",
                        "-2147483649",
                    )
                ),
            ),
        )
    ),
)
"""The metadata, as it is validated of every kind."""
