"""Boundary values of the fields of containers and pods."""

from typing import Any

from tests.live.boundaries.values import (
    LABELS,
    PATHS,
    PORTS,
    QUANTITIES,
    SIGNS,
    Row,
    each,
)

_C = "/spec/containers/1"
_FIRST = "/spec/containers/0"
_INIT = "/spec/initContainers/1"
_TCP = {"tcpSocket": {"port": 80}}


def _row(pointer: str, *values: Any, **others: Any) -> Row:
    """Values of a field of a pod; other fields by their pointers, with `_` for `/spec/`."""
    return Row("Pod", pointer, values, {f"/spec/{name}": value for name, value in others.items()})


def _pairs(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


CONTAINERS = (
    *(_row(f"{at}/name", *LABELS, "a", "b", "i", "j") for at in (_FIRST, _C, _INIT)),
    *(_row(f"{at}/image", "", " i", "i ", "i j") for at in (_FIRST, _C, _INIT)),
    _row("/spec/containers", [], None),
    _row("/spec/initContainers", [], [{"image": "i"}]),
    *(
        _row(f"{at}/{field}", "x", "")
        for at in (_C, _INIT)
        for field in ("imagePullPolicy", "terminationMessagePolicy")
    ),
    _row(f"{_C}/ports", *([{"containerPort": port}] for port in PORTS)),
    _row(f"{_C}/ports", *([{"containerPort": 80, "hostPort": port}] for port in PORTS)),
    _row(
        f"{_C}/ports",
        *(
            [{"containerPort": 80, "name": name}]
            for name in ("a" * 15, "a" * 16, "1", "-a", "a--b", "A", "a")
        ),
        [{"containerPort": 80, "name": "a"}, {"containerPort": 81, "name": "a"}],
        [{"containerPort": 80, "name": "A"}, {"containerPort": 81, "name": "A"}],
        [{}, {"protocol": "x", "containerPort": 1}, {"protocol": "", "containerPort": 2}],
        [{"containerPort": 1, "protocol": "SCTP"}, {"containerPort": 2, "protocol": "UDP", "hostPort": 5}],
        [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5}],
        [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5, "protocol": "UDP"}],
        [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5, "hostIP": "1.2.3.4"}],
    ),
    _row(
        f"{_C}/ports",
        [{"containerPort": 2, "hostPort": 5}],
        **{"containers/0/ports": [{"containerPort": 1, "hostPort": 5}]},
    ),
    _row(f"{_INIT}/ports", [{"containerPort": 2, "hostPort": 5}, {"containerPort": 3, "hostPort": 5}]),
    _row(
        f"{_INIT}/ports",
        [{"containerPort": 2, "hostPort": 5}],
        **{"initContainers/0/ports": [{"containerPort": 1, "hostPort": 5}]},
    ),
    _row(
        f"{_C}/ports",
        *(
            [{"containerPort": 80, **port}]
            for port in ({}, {"hostPort": 80}, {"hostPort": 81}, {"hostPort": 0})
        ),
        [{"containerPort": 80}, {"containerPort": 81, "hostPort": 80}],
        hostNetwork=True,
    ),
    _row(
        f"{_C}/env",
        *(
            [{"name": name}]
            for name in ("", "A", "a.b", "1a", "a b", "a=b", ".", "..", "..x", "ä", "~", "\x1f")
        ),
        [{"name": "A", "value": "b"}, {"name": ""}],
        *(
            [{"name": "A"}, {"name": "B", "valueFrom": {"fieldRef": field}}]
            for field in (
                {},
                {"apiVersion": "v2", "fieldPath": "metadata.name"},
                *(
                    {"fieldPath": path}
                    for path in (
                        *("", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels"),
                        *("metadata.annotations", "spec.nodeName", "spec.host", "spec.restartPolicy"),
                        *("spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP"),
                        *("status.hostIPs", "status.podIP", "status.podIPs", "x", "metadata.labels['a']"),
                        *("metadata.labels['A_b']", "metadata.labels['']", "metadata.annotations['A/B']"),
                        *("metadata.annotations['A_b']", "metadata.annotations['-']", "metadata.name['a']"),
                        *(
                            "metadata.labels['a",
                            "metadata.labels['a']x",
                            "metadata.labels['a']['b']",
                            "['a']",
                        ),
                    )
                ),
            )
        ),
        *(
            [{"name": "B", "valueFrom": {"resourceFieldRef": {"resource": name, "divisor": divisor}}}]
            for name, divisors in (
                ("", ("0", "1")),
                ("cpu", ("0", "1")),
                ("limits.cpu", ("0", "1", "1m", "2", "1k", "10m", "1000m", "-1")),
                ("requests.cpu", ("1", "1Mi")),
                (
                    "limits.memory",
                    ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"),
                ),
                ("limits.memory", ("2", "1m", "1024", "3Ki")),
                ("requests.memory", ("1", "2")),
                ("limits.ephemeral-storage", ("1Mi", "3")),
                ("requests.ephemeral-storage", ("1Mi", "3")),
                ("limits.hugepages-2Mi", ("1Mi", "3")),
                ("requests.hugepages-2Mi", ("1Mi", "3")),
                ("limits.hugepages", ("1Mi",)),
            )
            for divisor in divisors
        ),
        *(
            [{"name": "B", "valueFrom": {kind: {"name": name, "key": key}}}]
            for kind in ("configMapKeyRef", "secretKeyRef")
            for name, key in (
                *(("", "k"), ("A", "k"), ("a", ""), ("a", "a b"), ("a", "."), ("a", ".."), ("a", "..a")),
                *(("a", "k" * 253), ("a", "k" * 254), ("a" * 254, "k")),
            )
        ),
        *(
            [{"name": "B", "valueFrom": {"fileKeyRef": {"volumeName": volume, "path": path, "key": key}}}]
            for volume, path, key in (
                *(("v", "a", "K"), ("w", "a", "K"), ("p", "a", "K"), ("x", "a", "K"), ("", "a", "K")),
                *(
                    ("A", "a", "K"),
                    ("v", "", "K"),
                    ("v", "../a", "K"),
                    ("v", "/a", "K"),
                    ("v", "a/../b", "K"),
                ),
                *(("v", "a", ""), ("v", "a", "a=b"), ("v", "a", "1a")),
            )
        ),
        [{"name": "B", "valueFrom": {}}],
        [{"name": "B", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        [{"name": "B", "value": "x", "valueFrom": {}}],
        *(
            [{"name": "B", "valueFrom": {kind: sources[kind] for kind in kinds}}]
            for sources in (
                {
                    "fieldRef": {"fieldPath": "metadata.name"},
                    "resourceFieldRef": {"resource": "limits.cpu"},
                    "configMapKeyRef": {"name": "a", "key": "k"},
                    "secretKeyRef": {"name": "a", "key": "k"},
                    "fileKeyRef": {"volumeName": "v", "path": "a", "key": "K"},
                },
            )
            for kinds in (
                ("fieldRef", "resourceFieldRef"),
                ("resourceFieldRef", "configMapKeyRef"),
                ("configMapKeyRef", "secretKeyRef"),
                ("secretKeyRef", "fileKeyRef"),
            )
        ),
    ),
    _row(
        f"{_FIRST}/env",
        [{"name": "B", "valueFrom": {"fileKeyRef": {"volumeName": "x", "path": "a", "key": "K"}}}],
    ),
    _row(
        f"{_INIT}/env",
        [{"name": "B", "valueFrom": {"fileKeyRef": {"volumeName": "x", "path": "a", "key": "K"}}}],
    ),
    _row(
        f"{_C}/envFrom",
        [{}],
        [{"configMapRef": {"name": "a"}}, {}],
        [{"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}}],
        *([{"configMapRef": {"name": "a"}, "prefix": prefix}] for prefix in ("", "A", "1", "a b", "=")),
        *(
            [{kind: {"name": name}}]
            for kind in ("configMapRef", "secretRef")
            for name in ("", "a", "A", "a" * 254)
        ),
    ),
    _row(
        f"{_C}/volumeMounts",
        *(
            [{"name": "v", "mountPath": "/a"}, {"name": "w", "mountPath": "/b", **mount}]
            for mount in each(
                *({"name": name} for name in ("", "x", "p")),
                *({"mountPath": path} for path in ("", "/a", "b:c", "..")),
                *({"subPath": path} for path in PATHS),
                *({"subPathExpr": path} for path in PATHS),
                {"subPath": "a", "subPathExpr": "b"},
                *(
                    {"mountPropagation": value}
                    for value in ("None", "HostToContainer", "Bidirectional", "x", "")
                ),
                *({"recursiveReadOnly": value} for value in ("Disabled", "IfPossible", "Enabled", "x", "")),
                *(
                    {"recursiveReadOnly": "Enabled", "readOnly": True, "mountPropagation": value}
                    for value in ("None", "HostToContainer")
                ),
                *(
                    {"recursiveReadOnly": value, "readOnly": True}
                    for value in ("Disabled", "IfPossible", "x")
                ),
                {"recursiveReadOnly": "Disabled", "mountPropagation": "HostToContainer"},
            )
        ),
        [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}],
    ),
    _row(
        f"{_C}/volumeMounts",
        [{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}],
        **{"containers/1/securityContext": {"privileged": True}},
    ),
    _row(
        f"{_C}/volumeDevices",
        *([{"name": name, "devicePath": "/d"}] for name in ("", "v", "x", "p", "q")),
        *([{"name": "p", "devicePath": path}] for path in ("", "/a", "/../d", "a..b", "..", "/d/..")),
        [{"name": "p", "devicePath": "/d"}, {"name": "q", "devicePath": "/d"}],
        [{"name": "p", "devicePath": "/d/.."}, {"name": "q", "devicePath": "/d/.."}],
        [{"name": "p", "devicePath": "/d"}, {"name": "p", "devicePath": "/e"}],
        [{"name": "", "devicePath": "/d"}, {"name": "", "devicePath": "/e"}],
        **{
            "volumes/1": {
                "name": "q",
                "ephemeral": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "1"}},
                        }
                    }
                },
            },
            "containers/1/volumeMounts": [{"name": "q", "mountPath": "/a"}],
        },
    ),
    *(
        _row(
            f"{_C}/{probe}",
            *(
                {**_TCP, field: number}
                for field in (
                    *("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold"),
                    *("failureThreshold", "terminationGracePeriodSeconds"),
                )
                for number in (-1, 0, 1, 2)
                if probe == "livenessProbe" or number in {-1, 2}
            ),
        )
        for probe in ("livenessProbe", "readinessProbe", "startupProbe")
    ),
    _row(
        f"{_C}/readinessProbe",
        {},
        {"exec": {}},
        {"exec": {"command": []}},
        {"exec": {"command": ["a"]}},
        *({"tcpSocket": {"port": port}} for port in (*PORTS, "a", "", "A", "a" * 15, "a" * 16, "80")),
        *({"grpc": {"port": port}} for port in PORTS),
        *(
            {"httpGet": {"port": 80, **get}}
            for get in each(
                *({"path": path} for path in ("", "/a")),
                *({"scheme": scheme} for scheme in ("", "HTTP", "HTTPS", "http")),
                *(
                    {"httpHeaders": [{"name": "X-A", "value": ""}, {"name": name, "value": ""}]}
                    for name in ("", "X A", "A")
                ),
            )
        ),
        *({"httpGet": {"port": port}} for port in (0, 65536, "A")),
        {"exec": {"command": ["a"]}, **_TCP},
        {"exec": {"command": ["a"]}, **_TCP, "httpGet": {"port": 80}},
        {**_TCP, "grpc": {"port": 1}},
    ),
    *(
        _row(
            f"{at}/lifecycle",
            *({step: {}} for step in ("postStart", "preStop")),
            {"postStart": _TCP},
            {"preStop": {**_TCP, "exec": {"command": ["a"]}}},
            *({"preStop": {"sleep": {"seconds": seconds}}} for seconds in (-1, 0, 1, 30, 31)),
            {"postStart": {"sleep": {"seconds": 1}, **_TCP}},
            {"postStart": {"exec": {}}},
        )
        for at in (_C, _INIT)
    ),
    *(_row(f"{_INIT}/{probe}", _TCP) for probe in ("livenessProbe", "readinessProbe", "startupProbe")),
    *(
        _row(f"{_INIT}/{field}", *values, **{"initContainers/1/restartPolicy": "Always"})
        for field, values in (
            ("lifecycle", ({"preStop": {"sleep": {"seconds": 31}}}, {"postStart": {}})),
            ("livenessProbe", ({**_TCP, "periodSeconds": -1}, {})),
            ("readinessProbe", ({**_TCP, "terminationGracePeriodSeconds": 1},)),
            ("startupProbe", ({**_TCP, "successThreshold": 2},)),
            ("resizePolicy", ([{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],)),
        )
    ),
    _row(
        f"{_C}/livenessProbe",
        {"tcpSocket": {"port": 80}, "terminationGracePeriodSeconds": 1},
        terminationGracePeriodSeconds=0,
    ),
    _row("/spec/terminationGracePeriodSeconds", *SIGNS),
    *(
        _row(
            f"{_C}/resources",
            *(
                {kind: {name: "1"}}
                for kind in ("limits", "requests")
                for name in (
                    *(
                        "cpu",
                        "memory",
                        "ephemeral-storage",
                        "storage",
                        "pods",
                        "hugepages-2Mi",
                        "hugepages-",
                        "hugepages-x",
                    ),
                    *(
                        "requests.cpu",
                        "foo",
                        "x.io/gpu",
                        "requests.x.io/gpu",
                        "kubernetes.io/a",
                        "x.kubernetes.io/a",
                    ),
                    *("x.io/" + "a" * 63, "x.io/" + "a" * 64, "A b", "", "services", "requests.storage"),
                    *("limits.memory", "requests.hugepages-2Mi", "configmaps"),
                )
            ),
            *({"limits": {"cpu": value}} for value in QUANTITIES),
            *({"requests": {"memory": value}} for value in ("-1", "0", "1.5", "100m")),
            *({"limits": {"x.io/gpu": value}, "requests": {"x.io/gpu": value}} for value in QUANTITIES),
            *(
                {"limits": {name: "2"}, "requests": {name: asked}}
                for name in ("cpu", "x.io/gpu", "kubernetes.io/a")
                for asked in ("1", "2", "3")
            ),
            *(
                {"limits": {"hugepages-2Mi": value, "cpu": "1"}, "requests": {"hugepages-2Mi": value}}
                for value in ("2Mi", "4Mi", "3Mi", "0", "1", "2097152500m", "-2Mi")
            ),
            {"limits": {"hugepages-2Mi": "2Mi", "cpu": "1"}, "requests": {"hugepages-2Mi": "4Mi"}},
            {"limits": {"hugepages-2Mi": "2Mi", "memory": "1"}},
            {"limits": {"hugepages-2Mi": "2Mi"}, "requests": {"cpu": "1"}},
            *({"limits": {f"hugepages-{size}": "2Mi", "cpu": "1"}} for size in ("0", "-2Mi", "500m", "1")),
            *(
                {"claims": claims}
                for claims in (
                    *([{"name": name}] for name in ("", "c", "d", "x")),
                    _pairs("c", "d"),
                    _pairs("c", "c"),
                    [{"name": "c", "request": "r"}, {"name": "c", "request": "s"}],
                    [{"name": "c", "request": "r"}, {"name": "c", "request": "r"}],
                    [{"name": "c", "request": "r"}, {"name": "c"}],
                    [{"name": "c"}, {"name": "c", "request": "r"}],
                    [{"name": "c", "request": "R"}],
                )
            ),
            resourceClaims=[
                {"name": "c", "resourceClaimName": "x"},
                {"name": "d", "resourceClaimTemplateName": "x"},
            ],
        ),
    ),
    _row(f"{_C}/resources", {"claims": _pairs("c")}),
    *(
        _row(
            f"{at}/resizePolicy",
            *(
                [{"resourceName": name, "restartPolicy": policy}]
                for name, policy in (
                    *(
                        ("cpu", "NotRequired"),
                        ("memory", "RestartContainer"),
                        ("", "NotRequired"),
                        ("x", "NotRequired"),
                    ),
                    *(("cpu", ""), ("cpu", "x")),
                )
            ),
            [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2,
        )
        for at in (_C, _INIT)
    ),
    _row(
        f"{_C}/resizePolicy",
        *(
            [{"resourceName": "cpu", "restartPolicy": policy}]
            for policy in ("NotRequired", "RestartContainer")
        ),
        restartPolicy="Never",
    ),
    *(
        row
        for at in (_C, _INIT)
        for row in (
            _row(f"{at}/restartPolicy", "Always", "Never", "OnFailure", "x", ""),
            _row(
                f"{at}/restartPolicyRules",
                [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}],
            ),
            *(
                _row(
                    f"{at}/restartPolicyRules",
                    *(
                        [{"action": action, "exitCodes": {"operator": "In", "values": [1]}}]
                        for action in ("Restart", "RestartAllContainers", "x", "")
                    ),
                    [
                        {"action": "Restart"},
                        {"action": "Restart", "exitCodes": {"operator": "x", "values": [1]}},
                    ],
                    *(
                        [
                            {
                                "action": "Restart",
                                "exitCodes": {"operator": operator, "values": list(range(1, count + 1))},
                            }
                        ]
                        for operator, count in (("NotIn", 1), ("In", 0), ("In", 255), ("In", 256))
                    ),
                    *(
                        [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}] * count
                        for count in (20, 21)
                    ),
                    **{f"{at.removeprefix('/spec/')}/restartPolicy": policy},
                )
                for policy in ("Never", "Always")
                if policy == "Never" or at == _INIT
            ),
        )
    ),
    *(
        _row(
            f"{at}/securityContext/windowsOptions",
            *({"gmsaCredentialSpecName": name} for name in ("", "a", "A", "a" * 254)),
            *({"gmsaCredentialSpec": text} for text in ("", "x", "x" * 65536, "x" * 65537)),
            *(
                {"runAsUserName": name}
                for name in (
                    *(
                        "",
                        "a",
                        "d\\a",
                        "a\\b\\c",
                        "\\a",
                        "d\\",
                        "a\tb",
                        "a\x7fb",
                        "a" * 104,
                        "a" * 105,
                        ".",
                        " . ",
                        "a.",
                    ),
                    *(
                        "a" * 255 + "\\u",
                        "a" * 256 + "\\u",
                        "a.b\\u",
                        ".a\\u",
                        "a_b\\u",
                        "a" * 15 + "\\u",
                        "a" * 16 + "\\u",
                    ),
                    *(
                        "-a.b\\u",
                        "a" * 63 + ".b\\u",
                        "a" * 64 + ".b\\u",
                        "a:b",
                        "a|b",
                        "a@b",
                        "a/b",
                        "a*b",
                        "a[b",
                        "a<b",
                        "d:\\u",
                    ),
                )
            ),
        )
        for at in (_C, "/spec")
    ),
    _row(
        f"{_C}/securityContext",
        *({field: value} for field in ("runAsUser", "runAsGroup") for value in (-1, 0, 2**31 - 1, 2**31)),
        {"privileged": True, "allowPrivilegeEscalation": False},
        {"capabilities": {"add": ["SYS_ADMIN"]}, "allowPrivilegeEscalation": False},
        *({"procMount": value} for value in ("", "x", "Default", "Unmasked")),
        {"windowsOptions": {"hostProcess": True}},
        {"windowsOptions": {"hostProcess": True}, "privileged": True},
    ),
)
"""Fields of containers."""
