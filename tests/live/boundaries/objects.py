"""Boundary values of the fields of Services, ConfigMaps and the objects of access control."""

from typing import Any

from tests.live.boundaries.values import KEYS, LABELS, PATHS, PORTS, SUBDOMAINS, TEXTS, Row, each

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "x", "")
_ADDRESSES = (
    *(
        "",
        "x",
        "1.2.3",
        "10.0.0.7",
        "10.0.1.7",
        "010.0.0.7",
        "::1",
        "::",
        "0.0.0.0",  # noqa: S104 - no address that is listened on
        "127.0.0.1",
        "127.1.2.3",
        "169.254.1.1",
        "fe80::1",
    ),
    *(
        "fe80::1%eth0",
        "224.0.0.1",
        "224.0.0.255",
        "224.0.1.0",
        "239.0.0.1",
        "ff02::1",
        "FF02::1",
        "ff05::1",
        "::ffff:127.0.0.1",
        "::ffff:1.2.3.4",
    ),
    *("2001:db8::1", "255.255.255.255", "1.2.3.4/24"),
)
_RANGES = (
    *(
        "10.0.0.0/8",
        "10.0.0.1/8",
        " 10.0.0.0/8",
        "10.0.0.0/08",
        "010.0.0.0/8",
        "x",
        "",
        "10.0.0.0",
        "10.0.0.0/33",
        "::/0",
        "2001:db8::/32",
    ),
    *(
        "2001:db8::1/32",
        "::ffff:1.2.3.0/120",
        "fe80::1%eth0/64",
        "10.0.0.0/-1",
        "10.0.0.0/8 ",
        "2001:0db8::/32",
        "10.0.0.0/128",
        "1.2.3.4/0x8",
    ),
)
_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"


def _service(pointer: str, *values: Any, **others: Any) -> Row:
    return Row(
        "Service", f"/spec/{pointer}", values, {f"/spec/{name}": value for name, value in others.items()}
    )


SERVICES = (
    _service("type", *_TYPES),
    _service("type", *_TYPES, clusterIP="None"),
    _service("type", *_TYPES, externalName="a.example"),
    *(_service("ports", [{"port": port}]) for port in PORTS),
    *(
        _service("ports", [{"port": 1, "name": "a"}, {"port": 2, **port}])
        for port in each(
            *({}, {"name": "a"}, {"name": "b"}, {"name": "A"}, {"name": "b" * 63}, {"name": "b" * 64}),
            *({"name": "b", "port": 1}, {"name": "b", "port": 1, "protocol": "UDP"}),
            *({"name": "b", "protocol": value} for value in ("x", "SCTP", "")),
            *({"name": "b", "targetPort": port} for port in (*PORTS, "a", "A", "", "a" * 16, "1")),
            *({"name": "b", "appProtocol": key} for key in KEYS),
            {"name": "b", "nodePort": 30001},
        )
    ),
    _service("ports", [], None, [{"port": 10250}], [{"name": "A", "port": 80}]),
    *(_service("ports", [], None, type=kind) for kind in _TYPES[:3]),
    _service("ports", [], clusterIP="None"),
    _service("ports", [], type="ExternalName", externalName="a"),
    _service("ports", [{"port": 10250}], [{"port": 10251}], type="LoadBalancer"),
    _service("ports", [{"port": 10250}], type="NodePort"),
    *(
        _service(
            "ports",
            *([{"port": 80, "nodePort": number}] for number in (30000, 32767, 0)),
            type=kind,
        )
        for kind in ("NodePort", "LoadBalancer", "ExternalName")
    ),
    *(
        _service(
            "ports",
            [{"name": "a", "port": 80, "nodePort": 30001}, {"name": "b", "port": 81, "nodePort": 30001}],
            [
                {"name": "a", "port": 80, "nodePort": 30001},
                {"name": "b", "port": 81, "nodePort": 30001, "protocol": "UDP"},
            ],
            [{"name": "a", "port": 80, "nodePort": 30001}, {"name": "b", "port": 80, "protocol": "UDP"}],
            [{"name": "a", "port": 80}, {"name": "b", "port": 80, "protocol": "UDP", "nodePort": 30001}],
            [
                {"name": "a", "port": 80, "nodePort": 30001},
                {"name": "b", "port": 80, "protocol": "UDP", "nodePort": 30002},
            ],
            [
                {"name": "a", "port": 80, "nodePort": 30001},
                {"name": "b", "port": 80, "protocol": "UDP", "nodePort": 30001},
            ],
            type=kind,
            **more,
        )
        for kind, more in (
            ("NodePort", {}),
            ("LoadBalancer", {}),
            ("LoadBalancer", {"allocateLoadBalancerNodePorts": False}),
            ("ClusterIP", {}),
        )
    ),
    *(_service("selector", {key: "a"}) for key in KEYS),
    *(_service("selector", {"a": value}) for value in TEXTS),
    _service("sessionAffinity", "", "x", "None", "ClientIP"),
    *(
        _service(
            "sessionAffinityConfig",
            *({"clientIP": {"timeoutSeconds": seconds}} for seconds in (-1, 0, 1, 86400, 86401)),
            {"clientIP": {}},
            {},
            sessionAffinity=mode,
        )
        for mode in ("ClientIP", "None")
    ),
    *(_service("clusterIP", address) for address in (*_ADDRESSES[:8], "None")),
    *(
        _service("clusterIPs", [address], clusterIP=address)
        for address in ("x", "010.0.0.7", "None", "2001:db8::1", "::ffff:1.2.3.4")
    ),
    *(
        _service("clusterIPs", addresses, clusterIP=one)
        for addresses, one in (
            *(
                (["10.0.0.7"], "10.0.0.8"),
                (["10.0.0.7"], ""),
                (["None"], ""),
                (["None", "10.0.0.7"], "None"),
                (["10.0.0.7", "None"], "10.0.0.7"),
            ),
            *(
                (["10.0.0.7", "10.0.0.8"], "10.0.0.7"),
                (["10.0.0.7", "2001:db8::1"], "10.0.0.7"),
                (["10.0.0.7", "10.0.0.8", "10.0.0.9"], "10.0.0.7"),
            ),
            *(
                (["10.0.0.7", "2001:db8::1", "x"], "10.0.0.7"),
                (["10.0.0.7", "2001:db8::1", "10.0.0.9"], "10.0.0.7"),
                (["10.0.0.7", "x"], "10.0.0.7"),
            ),
        )
    ),
    *(
        _service("clusterIPs", ["10.0.0.7", "2001:db8::1"], clusterIP="10.0.0.7", ipFamilyPolicy=policy)
        for policy in ("SingleStack", "PreferDualStack", "RequireDualStack", "x")
    ),
    _service("ipFamilies", ["IPv4"], ["IPv6"], ["x"], ["IPv4", "IPv4"], ["IPv4", "IPv6"], ["IPv4", "x"]),
    *(
        _service(
            "ipFamilies", ["IPv4"], ["IPv6"], ["x"], ["IPv4", "IPv6"], ["IPv6", "IPv4"], clusterIP="10.0.0.7"
        )
        for _ in "x"
    ),
    *(
        _service("ipFamilies", ["IPv4", "IPv6"], ["IPv4"], clusterIP="None", **more)
        for more in (
            {},
            {"selector": {"a": "b"}},
            {"ipFamilyPolicy": "SingleStack"},
            {"ipFamilyPolicy": "PreferDualStack"},
        )
    ),
    *(
        _service("ipFamilies", ["IPv4", "IPv6"], ipFamilyPolicy=policy)
        for policy in ("SingleStack", "PreferDualStack", "x")
    ),
    _service("ipFamilies", ["IPv4"], ["IPv6"], ["x"], clusterIP="2001:db8::1"),
    *(
        _service(
            "ipFamilies",
            families,
            clusterIP=addresses[0],
            clusterIPs=addresses,
            ipFamilyPolicy="PreferDualStack",
        )
        for addresses in (["10.0.0.7", "2001:db8::1"], ["2001:db8::1", "10.0.0.7"])
        for families in (["IPv4", "IPv6"], ["IPv6", "IPv4"], ["IPv4"], ["IPv6"])
    ),
    _service("ipFamilyPolicy", "", "x", "SingleStack", "PreferDualStack"),
    *(
        _service(name, value, type="ExternalName", externalName="a.example")
        for name, value in (
            ("clusterIP", "10.0.0.7"),
            ("clusterIP", "None"),
            ("ipFamilies", ["IPv4"]),
            ("ipFamilyPolicy", "SingleStack"),
            ("externalTrafficPolicy", "Local"),
            ("internalTrafficPolicy", "Local"),
        )
    ),
    _service("externalName", *SUBDOMAINS, "a.", "a..", ".", type="ExternalName"),
    *(_service("externalIPs", ["8.8.8.8", address]) for address in _ADDRESSES),
    *(
        row
        for kind in ("LoadBalancer", "ClusterIP", "NodePort")
        for row in (
            *(
                _service("loadBalancerSourceRanges", ["10.0.0.0/8", text], type=kind)
                for text in (_RANGES if kind == "LoadBalancer" else _RANGES[:1])
            ),
            Row(
                "Service",
                "/metadata/annotations",
                [
                    {_ANNOTATION: text}
                    for text in ("10.0.0.0/8,x", "", " ", "10.0.0.0/8, 10.0.0.0/16", "x,y", "10.0.0.1/8")
                ],
                {"/spec/type": kind},
            ),
            _service("loadBalancerClass", "", "a", "x.io/y", "A b", "/a", type=kind),
            _service("allocateLoadBalancerNodePorts", True, False, type=kind),
            _service("externalTrafficPolicy", "", "x", "Local", "Cluster", type=kind),
            _service("healthCheckNodePort", 0, 31000, type=kind),
            _service("healthCheckNodePort", 0, 31000, type=kind, externalTrafficPolicy="Local"),
            _service("healthCheckNodePort", 31000, type=kind, externalTrafficPolicy="Cluster"),
        )
    ),
    _service("externalTrafficPolicy", "x", "Local", "Cluster", externalIPs=["8.8.8.8"]),
    _service("internalTrafficPolicy", "", "x", "Local", "Cluster"),
    _service("trafficDistribution", "", "x", "PreferClose", "PreferSameZone", "PreferSameNode"),
    *(
        Row(
            "Service",
            "/metadata/annotations",
            [
                {
                    "service.kubernetes.io/topology-mode": mode,
                    "service.kubernetes.io/topology-aware-hints": hints,
                }
            ],
        )
        for mode, hints in (("a", "b"), ("a", "a"), ("", "b"), ("a", ""))
    ),
    Row(
        "Service",
        "/metadata/annotations",
        [
            {"service.kubernetes.io/topology-mode": "a"},
            {"service.kubernetes.io/topology-aware-hints": "b"},
            {"-a": "b"},
        ],
    ),
    Row("Service", "/metadata/name", (*LABELS, "1a", "a1")),
)
"""Services."""

_BIG = 1 << 20

CONFIG_MAPS = (
    *(
        Row("ConfigMap", f"/{field}", [{"b": value, key: value}])
        for field, value in (("data", "x"), ("binaryData", "eA=="))
        for key in ("", ".", "..", "..a", "a b", "ä", "k" * 253, "k" * 254, "a/b", "_.-")
    ),
    Row("ConfigMap", "/binaryData", [{"a": "eA=="}, {"b": "eA=="}]),
    Row(
        "ConfigMap",
        "/data",
        [
            {"b": "x" * _BIG},
            {"b": "x" * (_BIG + 1)},
            {"a": "x" * (_BIG // 2), "b": "x" * (_BIG // 2 + 1)},
            {"a": "ä" * (_BIG // 4), "b": "x" * (_BIG // 2 + 1)},
        ],
    ),
    Row("ConfigMap", "/binaryData", [{"b": "AAAA" * 349_525}, {"b": "AAAA" * 349_526}]),
    Row("ConfigMap", "/metadata/name", SUBDOMAINS),
    Row("ConfigMap", "/immutable", (True, False)),
)
"""ConfigMaps."""

_RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
_SUBJECT = {"kind": "User", "name": "a", "apiGroup": "rbac.authorization.k8s.io"}

ACCESS = (
    *(
        Row(kind, "/rules", [[_RULE, {**_RULE, **rule}]])
        for kind in ("Role", "ClusterRole")
        for rule in each(
            *({field: []} for field in ("verbs", "apiGroups", "resources")),
            *({"verbs": [], "apiGroups": [], "resources": []}, {"nonResourceURLs": ["/a"]}),
            *({"nonResourceURLs": ["/a"], "apiGroups": []}, {"nonResourceURLs": ["/a"], "resources": []}),
            {"nonResourceURLs": ["/a"], "resources": [], "apiGroups": [], "resourceNames": ["a"]},
            {"nonResourceURLs": ["/a"], "resources": [], "apiGroups": []},
            {"nonResourceURLs": ["/a"], "resources": [], "apiGroups": [], "verbs": []},
        )
    ),
    *(
        Row("ClusterRole", "/aggregationRule", [{"clusterRoleSelectors": selectors}])
        for selectors in (
            [],
            *(
                [{"matchLabels": {"a": "b"}}, selector]
                for selector in (
                    *({}, {"matchLabels": {"-a": "b"}}, {"matchLabels": {"a": "-b"}}),
                    *(
                        {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}
                        for key, operator, values in (
                            *(
                                ("a", "In", []),
                                ("a", "In", ["b"]),
                                ("a", "In", ["-b"]),
                                ("a", "NotIn", []),
                                ("a", "Exists", ["b"]),
                            ),
                            *(
                                ("a", "DoesNotExist", ["b"]),
                                ("a", "DoesNotExist", []),
                                ("a", "x", []),
                                ("-a", "Exists", []),
                            ),
                        )
                    ),
                )
            ),
        )
    ),
    *(
        Row(kind, f"/roleRef/{field}", values)
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for field, values in (
            ("apiGroup", ("", "x", "rbac.authorization.k8s.io")),
            ("kind", ("", "x", "Role", "ClusterRole")),
            ("name", ("", "A:b", "a/b", "a%b", ".", "..", "...")),
        )
    ),
    *(
        Row(kind, "/subjects", [[_SUBJECT, subject]])
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for subject in (
            *({**_SUBJECT, "kind": value} for value in ("", "x", "Group", "ServiceAccount")),
            *({**_SUBJECT, "apiGroup": value} for value in ("", "x")),
            {**_SUBJECT, "name": ""},
            *({"kind": "ServiceAccount", "name": name, "namespace": "b"} for name in SUBDOMAINS),
            {"kind": "ServiceAccount", "name": "a"},
            {"kind": "ServiceAccount", "name": "a", "namespace": "b", "apiGroup": "x"},
            {"kind": "Group", "name": "a", "apiGroup": "x"},
        )
    ),
    *(
        Row(kind, "/metadata/name", ("A:b", "a/b", "a%b", ".", "..", "...", "a b", "a" * 254))
        for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    ),
    *(
        Row(kind, "/metadata/labels", [{"-a": "b"}])
        for kind in (
            "Role",
            "RoleBinding",
            "ClusterRole",
            "ClusterRoleBinding",
            "ServiceAccount",
            "Namespace",
        )
    ),
    *(
        Row(kind, f"/metadata/{field}", values)
        for kind in ("Role", "ClusterRole", "ServiceAccount", "Namespace")
        for field, values in (
            (
                "annotations",
                (
                    {"-a": "b"},
                    {"A": "b"},
                    {f"a{number}": "x" for number in range(70)},
                    {"a": "x" * ((1 << 18) - 1)},
                    {"a": "x" * (1 << 18)},
                ),
            ),
            ("finalizers", (["a"], ["x.io/a"])),
            ("ownerReferences", ([{"apiVersion": "v1", "kind": "Pod", "name": "", "uid": "u"}],)),
            ("generateName", ("A_", "a-")),
            ("generation", (-1, 1)),
        )
    ),
    *(Row("ServiceAccount", "/metadata/name", SUBDOMAINS[1:]) for _ in "x"),
    Row("Namespace", "/metadata/name", LABELS[1:]),
    Row(
        "Namespace",
        "/spec/finalizers",
        (["kubernetes"], ["a"], ["x.io/a"], ["x.io/a", "A b", ""], [], ["kubernetes", "x"]),
    ),
    Row(
        "Namespace",
        "/metadata/labels",
        [
            {f"pod-security.kubernetes.io/{mode}{part}": value}
            for mode in ("enforce", "audit", "warn")
            for part, values in (
                ("", ("x", "", "baseline")),
                ("-version", ("x", "latest", "v1.0", "v1.24", "v1.99", "1.24", "")),
            )
            for value in values
        ],
    ),
    Row("Namespace", "/metadata/labels", ({"kubernetes.io/metadata.name": "other"},)),
)
"""Roles, bindings, accounts and namespaces."""

_IDS = ("runAsUser", "fsGroup", "supplementalGroups", "runAsGroup")
_SPANS = (
    None,
    *(
        [{"min": 1, "max": 1}, {"min": low, "max": high}]
        for low, high in ((-1, 1), (0, 0), (2, 1), (1, 2), (-2, -1), (1, -1))
    ),
)
_APPARMOR, _SECCOMP = "apparmor.security.beta.kubernetes.io", "seccomp.security.alpha.kubernetes.io"


def _policy(pointer: str, *values: Any, **others: Any) -> Row:
    return Row(
        "PodSecurityPolicy",
        f"/spec/{pointer}",
        values,
        {f"/spec/{name}": value for name, value in others.items()},
    )


POLICIES = (
    *(
        _policy(f"{name}/rule", "", "x", "RunAsAny", "MustRunAs", "MayRunAs", "MustRunAsNonRoot")
        for name in (*_IDS, "seLinux")
    ),
    *(
        _policy(name, *({"rule": rule, "ranges": spans} for spans in _SPANS))
        for name in _IDS
        for rule in ("MustRunAs", "RunAsAny", "x")
        if rule == "MustRunAs" or name == "runAsGroup"
    ),
    *(
        _policy("volumes", ["secret", name])
        for name in ("*", "x", "", "ephemeral", "csi", "cephFS", "cephfs", "image")
    ),
    *(
        Row(
            "PodSecurityPolicy",
            "/spec/requiredDropCapabilities",
            (["A"], ["A", "B"], ["*"], []),
            {f"/spec/{field}": names},
        )
        for field in ("allowedCapabilities", "defaultAddCapabilities")
        for names in (["A"], ["*"], ["B", "A"], ["C"])
    ),
    *(
        _policy("defaultAllowPrivilegeEscalation", True, False, allowPrivilegeEscalation=value)
        for value in (True, False, None)
    ),
    *(_policy("allowedProcMountTypes", ["Default", name]) for name in ("Default", "Unmasked", "x", "")),
    *(
        _policy("allowedHostPaths", [{"pathPrefix": "/a"}, {"pathPrefix": path}, {"pathPrefix": "/../b"}])
        for path in PATHS
    ),
    *(_policy("allowedFlexVolumes", [{"driver": "a"}, {"driver": name}]) for name in ("", "b")),
    *(
        _policy("allowedCSIDrivers", [{"name": "a"}, {"name": name}])
        for name in ("", "A", "_", "a" * 63, "a" * 64)
    ),
    *(
        _policy(
            field,
            *(
                ["b", name]
                for name in ("", "a", "a.b", "a*", "*", "A", "a.*", "a*b", "-a", "a.", "a-b_c", "a_", "a-")
            ),
            *(["a" * size] for size in (253, 254)),
            ["*"],
            ["*", "b"],
            ["b*", "b"],
        )
        for field in ("allowedUnsafeSysctls", "forbiddenSysctls")
    ),
    *(
        _policy("allowedUnsafeSysctls", [a, "z"], forbiddenSysctls=["y", b])
        for a, b in (
            *(
                ("a", "a"),
                ("a.b", "a.*"),
                ("a.*", "a.b"),
                ("a.*", "a.*"),
                ("a*", "a.*"),
                ("a", "b"),
                ("a", "*"),
                ("a.*", "a"),
                ("z", "z"),
            ),
        )
    ),
    *(
        _policy("runtimeClass", {"allowedRuntimeClassNames": names, "defaultRuntimeClassName": default})
        for names, default in (
            *(
                ([], None),
                (["a"], None),
                (["a", "a"], None),
                (["*"], None),
                (["*", "a"], None),
                (["A"], None),
                (["a", ""], None),
            ),
            *(
                (["a"], "a"),
                (["a"], "b"),
                (["*"], "b"),
                ([], "b"),
                (["a"], "A"),
                (["a"], ""),
                (["a", "b", "a", "b"], "b"),
            ),
        )
    ),
    *(
        Row("PodSecurityPolicy", "/metadata/annotations", [{key: value}])
        for key, value in (
            *(
                (f"{_APPARMOR}/defaultProfileName", value)
                for value in ("", "x", "runtime/default", "localhost/a", "unconfined", "localhost/")
            ),
            *(
                (f"{_APPARMOR}/allowedProfileNames", value)
                for value in ("", "x", "runtime/default,x", "runtime/default,localhost/a", "*", ",")
            ),
            *(
                (f"{_SECCOMP}/defaultProfileName", value)
                for value in ("", "x", "*", "runtime/default", "localhost/../a", "localhost/a", "unconfined")
            ),
            *(
                (f"{_SECCOMP}/allowedProfileNames", value)
                for value in ("", "x", "*", "*,x", "runtime/default,*", "localhost/a,localhost/../b", ",")
            ),
        )
    ),
    Row("PodSecurityPolicy", "/metadata/name", ("A", "a.b", "a" * 254)),
)
"""Policies, which only 1.24 has."""
