"""Boundary values of the fields of volumes."""

from itertools import pairwise
from typing import Any

from tests.live.boundaries.values import KEYS, LABELS, PATHS, SUBDOMAINS, Row

_MODES = (-1, 0, 511, 512)


def _row(*volumes: Any, **others: Any) -> Row:
    """Pods with a valid volume and one of these volumes."""
    good = {"name": "g", "emptyDir": {}}
    return Row("Pod", "/spec/volumes", [[good, volume] for volume in volumes], dict(others))


def _sources(name: str, *sources: Any) -> Row:
    return _row(*({"name": "u", name: source} for source in sources))


def _projected(*sources: Any) -> Row:
    good = {"configMap": {"name": "c"}}
    return _row(*({"name": "u", "projected": {"sources": [good, source]}} for source in sources))


def _texts(base: dict[str, Any], *names: str) -> list[Any]:
    """A source without each of some fields."""
    return [{**base, name: ""} for name in names]


_FIELDS = (
    {},
    *({"path": path, "fieldRef": {"fieldPath": "metadata.name"}} for path in PATHS),
    {"path": "a"},
    *(
        {"path": "a", "fieldRef": {"fieldPath": field}}
        for field in (
            *(
                "",
                "metadata.labels",
                "metadata.annotations",
                "metadata.uid",
                "metadata.namespace",
                "spec.nodeName",
            ),
            *("status.podIP", "metadata.labels['a']", "metadata.labels['-']", "x"),
        )
    ),
    {
        "path": "a",
        "fieldRef": {"fieldPath": "metadata.name"},
        "resourceFieldRef": {"resource": "limits.cpu", "containerName": "a"},
    },
    *(
        {"path": "a", "resourceFieldRef": {"resource": resource, "containerName": name, "divisor": divisor}}
        for resource, name, divisor in (
            *(
                ("limits.cpu", "a", "1"),
                ("limits.cpu", "", "1"),
                ("", "a", "1"),
                ("x", "a", "1"),
                ("limits.cpu", "a", "2"),
            ),
            *(("limits.memory", "a", "3"), ("x", "", "1")),
        )
    ),
    *({"path": "a", "fieldRef": {"fieldPath": "metadata.name"}, "mode": mode} for mode in _MODES),
)
_ITEMS = (
    {},
    *({"key": "k", "path": path} for path in PATHS),
    {"key": "", "path": "a"},
    *({"key": "k", "path": "a", "mode": mode} for mode in _MODES),
)
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}}}
_CLAIMS = (
    *(
        {**_CLAIM, "accessModes": modes}
        for modes in (
            *(
                [],
                ["x"],
                ["ReadWriteOncePod"],
                ["ReadWriteOncePod", "ReadWriteOnce"],
                ["ReadOnlyMany", "ReadWriteMany"],
            ),
            *(["ReadWriteOnce", "x"], ["ReadWriteOncePod", "x"], ["ReadWriteOncePod", "ReadWriteOncePod"]),
        )
    ),
    *(
        {**_CLAIM, "resources": resources}
        for resources in (
            {},
            {"requests": {}},
            *({"requests": {"storage": value}} for value in ("-1", "0", "1", "500m")),
        )
    ),
    *(
        {**_CLAIM, "selector": selector}
        for selector in (
            {},
            {"matchLabels": {"-a": "b"}},
            {"matchExpressions": [{"key": "a", "operator": "x"}]},
        )
    ),
    *(
        {**_CLAIM, name: value}
        for name in ("storageClassName", "volumeAttributesClassName")
        for value in SUBDOMAINS
    ),
    *({**_CLAIM, "volumeMode": value} for value in ("", "x", "Block", "Filesystem")),
    *(
        {**_CLAIM, name: source}
        for name in ("dataSource", "dataSourceRef")
        for source in (
            *({"kind": "PersistentVolumeClaim", "name": value} for value in ("", "a")),
            *(
                {"kind": "", "name": "a"},
                {"kind": "X", "name": "a"},
                {"apiGroup": "x.io", "kind": "X", "name": "a"},
            ),
            *({"apiGroup": "", "kind": "X", "name": "a"}, {"apiGroup": "A", "kind": "X", "name": "a"}),
            {"apiGroup": "x.io", "kind": "", "name": ""},
        )
    ),
    {
        **_CLAIM,
        "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
        "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "a"},
    },
    {
        **_CLAIM,
        "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
        "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"},
    },
    {
        **_CLAIM,
        "dataSource": {"apiGroup": "x.io", "kind": "X", "name": "a"},
        "dataSourceRef": {"apiGroup": "y.io", "kind": "X", "name": "a"},
    },
    {
        **_CLAIM,
        "dataSource": {"apiGroup": "x.io", "kind": "X", "name": "a"},
        "dataSourceRef": {"apiGroup": "x.io", "kind": "Y", "name": "a"},
    },
)
_ISCSI = {"targetPortal": "t", "iqn": "iqn.2001-04.com.example:s", "lun": 0}
_NAMES = (
    *(
        "",
        "x",
        "iqn",
        "iqn.2001-04.com.example:s",
        "iqn.2001-4.com.example:s",
        "iqn.2001-04.com.example",
        "iqn.2001-04.com:a b",
    ),
    *(
        "eui.0123456789abcdef",
        "eui.0123456789abcde",
        "eui.0123456789abcdef0",
        "naa." + "a" * 32,
        "naa." + "a" * 31,
    ),
    *("iqn.2001-04.com_x:s", "iqn.2001-04.com:s\n", "xiqn.2001-04.com.example:s"),
)

_EVERY: tuple[tuple[str, Any], ...] = (
    *(
        ("emptyDir", {}),
        ("hostPath", {"path": "/a"}),
        ("gitRepo", {"repository": "r"}),
        ("gcePersistentDisk", {"pdName": "d"}),
    ),
    *(
        ("awsElasticBlockStore", {"volumeID": "d"}),
        ("secret", {"secretName": "s"}),
        ("nfs", {"server": "s", "path": "/p"}),
    ),
    *(
        ("iscsi", _ISCSI),
        ("glusterfs", {"endpoints": "e", "path": "p"}),
        ("flocker", {"datasetName": "a"}),
    ),
    *(
        ("persistentVolumeClaim", {"claimName": "c"}),
        ("rbd", {"monitors": ["m"], "image": "i"}),
        ("cinder", {"volumeID": "v"}),
    ),
    *(
        ("cephfs", {"monitors": ["m"]}),
        ("quobyte", {"registry": "h:1", "volume": "v"}),
        ("downwardAPI", {}),
    ),
    *(("fc", {"wwids": ["w"]}), ("flexVolume", {"driver": "d"}), ("configMap", {"name": "c"})),
    *(
        ("azureFile", {"secretName": "s", "shareName": "s"}),
        ("vsphereVolume", {"volumePath": "p"}),
    ),
    *(("photonPersistentDisk", {"pdID": "p"}), ("portworxVolume", {"volumeID": "p"})),
    *(
        ("azureDisk", {"diskName": "d", "diskURI": "https://x"}),
        ("storageos", {"volumeName": "v"}),
    ),
    *(
        ("projected", {"sources": []}),
        (
            "scaleIO",
            {"gateway": "g", "system": "s", "volumeName": "v", "secretRef": {"name": "s"}},
        ),
    ),
    *(
        ("csi", {"driver": "d"}),
        ("image", {"reference": "r"}),
        ("ephemeral", {"volumeClaimTemplate": {"spec": _CLAIM}}),
    ),
)

VOLUMES = (
    _row(*({"name": name, "emptyDir": {}} for name in (*LABELS, "g"))),
    _row({"name": "u"}, {"name": "A"}),
    _sources("emptyDir", *({"sizeLimit": size} for size in ("-1", "0", "1")), {"medium": "x"}),
    _sources(
        "hostPath",
        {},
        *({"path": path} for path in PATHS),
        *(
            {"path": "/a", "type": kind}
            for kind in (
                "",
                "File",
                "x",
                "Socket",
                "Directory",
                "DirectoryOrCreate",
                "FileOrCreate",
                "CharDevice",
                "BlockDevice",
            )
        ),
    ),
    _sources("gitRepo", {}, *({"repository": "r", "directory": path} for path in PATHS)),
    _sources(
        "gcePersistentDisk", {}, *({"pdName": "d", "partition": number} for number in (-1, 0, 255, 256))
    ),
    _sources(
        "awsElasticBlockStore", {}, *({"volumeID": "d", "partition": number} for number in (-1, 0, 255, 256))
    ),
    _sources(
        "secret",
        {},
        *({"secretName": "s", "defaultMode": mode} for mode in _MODES),
        *({"secretName": "s", "items": [{"key": "k", "path": "p"}, item]} for item in _ITEMS),
    ),
    _sources(
        "configMap",
        {},
        *({"name": "s", "defaultMode": mode} for mode in _MODES),
        {"name": "s", "items": [{"key": "k", "path": "../p"}, {}]},
    ),
    _sources("nfs", {}, {"server": "s", "path": "/p"}, {"server": "s", "path": "p"}, {"path": "/p"}),
    _sources(
        "iscsi",
        {},
        {**_ISCSI, "targetPortal": ""},
        *({**_ISCSI, "iqn": name} for name in _NAMES),
        *({**_ISCSI, "initiatorName": name} for name in _NAMES[:8]),
        *({**_ISCSI, "lun": number} for number in (-1, 0, 255, 256)),
        *({**_ISCSI, field: True} for field in ("chapAuthDiscovery", "chapAuthSession")),
        {**_ISCSI, "chapAuthSession": True, "secretRef": {"name": "s"}},
        *({**_ISCSI, "targetPortal": "t" * size, "initiatorName": _NAMES[3]} for size in (62, 63)),
        {**_ISCSI, "targetPortal": "t" * 63},
    ),
    _sources("glusterfs", {}, *_texts({"endpoints": "e", "path": "p"}, "endpoints", "path")),
    _sources(
        "flocker",
        {},
        {"datasetName": "a"},
        {"datasetUUID": "a"},
        {"datasetName": "a", "datasetUUID": "a"},
        {"datasetName": "a/b"},
    ),
    _sources("persistentVolumeClaim", {}, {"claimName": "c"}),
    _sources(
        "rbd",
        {},
        {"monitors": ["m"], "image": ""},
        {"monitors": ["m"], "image": "i"},
        {"monitors": [], "image": "i"},
    ),
    _sources(
        "cinder",
        {},
        {"volumeID": "v"},
        {"volumeID": "v", "secretRef": {}},
        {"volumeID": "v", "secretRef": {"name": "s"}},
    ),
    _sources("cephfs", {}, {"monitors": ["m"]}, {"monitors": []}),
    _sources(
        "quobyte",
        {},
        *(
            {"registry": registry, "volume": "v"}
            for registry in ("", "h", "h:1", "h:1,h:2", "h:1,h", "[::1]:1", "::1:1", "h:[1]", ":")
        ),
        *({"registry": "h:1", "volume": "v", "tenant": "t" * size} for size in (64, 65)),
        {"registry": "h", "tenant": "t" * 65},
    ),
    _sources(
        "downwardAPI",
        {},
        *({"defaultMode": mode} for mode in _MODES),
        *({"items": [_FIELDS[3], item]} for item in _FIELDS),
    ),
    _sources(
        "fc",
        {},
        {"targetWWNs": ["w"]},
        {"targetWWNs": ["w"], "wwids": ["w"], "lun": 1},
        {"wwids": ["w"]},
        {"wwids": ["w"], "lun": 256},
        *({"targetWWNs": ["w"], "lun": number} for number in (-1, 0, 255, 256)),
    ),
    _sources(
        "flexVolume",
        {},
        *(
            {"driver": "d", "options": {key: "x"}}
            for key in (
                "a",
                "k8s.io/a",
                "a.k8s.io/b",
                "kubernetes.io/a",
                "xk8s.io/a",
                "A.Kubernetes.IO/b",
                "a/k8s.io",
            )
        ),
    ),
    _sources("azureFile", {}, *_texts({"secretName": "s", "shareName": "s"}, "secretName", "shareName")),
    _sources("vsphereVolume", {}, {"volumePath": "p"}),
    _sources("photonPersistentDisk", {}, {"pdID": "p"}),
    _sources("portworxVolume", {}, {"volumeID": "p"}),
    _sources(
        "azureDisk",
        {},
        *(
            {"diskName": "d", "diskURI": uri, "kind": kind}
            for uri in ("/subscriptions/x", "https://x", "")
            for kind in ("Managed", "Shared", "Dedicated", "x")
        ),
        *(
            {"diskName": "d", "diskURI": "https://x", "kind": "Shared", "cachingMode": mode}
            for mode in ("", "None", "ReadOnly", "ReadWrite", "x")
        ),
        {"diskName": "", "diskURI": "https://x", "kind": "Shared"},
    ),
    _sources(
        "storageos",
        {},
        *({"volumeName": name} for name in LABELS),
        *({"volumeName": "v", "volumeNamespace": name} for name in LABELS),
        {"volumeName": "v", "secretRef": {}},
        {"volumeName": "v", "secretRef": {"name": "s"}},
    ),
    _sources(
        "scaleIO",
        {},
        *_texts(
            {"gateway": "g", "system": "s", "volumeName": "v", "secretRef": {"name": "s"}},
            "gateway",
            "system",
            "volumeName",
        ),
    ),
    _sources(
        "csi",
        {},
        *({"driver": name} for name in ("A.b", "_", "a" * 63, "a" * 64, "-a", "a..b")),
        {"driver": "d", "nodePublishSecretRef": {}},
        *({"driver": "d", "nodePublishSecretRef": {"name": name}} for name in ("s", "A", "a" * 254)),
    ),
    _sources(
        "image",
        {},
        {"reference": "r"},
        *(
            {"reference": "r", "pullPolicy": policy}
            for policy in ("", "Always", "IfNotPresent", "Never", "x")
        ),
        {"pullPolicy": "Always"},
    ),
    _sources(
        "projected",
        {},
        {"sources": []},
        *({"sources": [], "defaultMode": mode} for mode in _MODES),
        {"sources": [{}, {}]},
    ),
    _projected(
        *({kind: {"name": name}} for kind in ("secret", "configMap") for name in ("", "a")),
        *(
            {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}, item]}}
            for item in (*_ITEMS, {"key": "l", "path": "p"})
        ),
        {"configMap": {"name": "s", "items": [{"key": "k", "path": "p"}, {"key": "l", "path": "p"}]}},
        *(
            {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}, item]}}
            for item in (
                *_FIELDS[:3],
                _FIELDS[10],
                {"path": "p", "fieldRef": {"fieldPath": "metadata.uid"}},
                {"path": "a", "fieldRef": {"fieldPath": "status.podIP"}},
            )
        ),
        *({"serviceAccountToken": {"path": path}} for path in PATHS),
        *(
            {"serviceAccountToken": {"path": "a", "expirationSeconds": seconds}}
            for seconds in (0, 599, 600, 2**32, 2**32 + 1)
        ),
        {"secret": {"name": "a"}, "configMap": {"name": "b"}},
        {"configMap": {"name": "b"}, "downwardAPI": {"items": []}},
        {"downwardAPI": {"items": []}, "serviceAccountToken": {"path": "a"}},
        {"secret": {"name": "a"}, "clusterTrustBundle": {"name": "x", "path": "a"}},
        {"clusterTrustBundle": {"name": "x", "path": "a"}},
    ),
    _row(
        {
            "name": "u",
            "projected": {
                "sources": [
                    {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}},
                    {"configMap": {"name": "t", "items": [{"key": "k", "path": "p"}]}},
                    {"downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                ]
            },
        }
    ),
    _sources("ephemeral", {}, *({"volumeClaimTemplate": {"spec": claim}} for claim in _CLAIMS)),
    _sources(
        "ephemeral",
        *(
            {"volumeClaimTemplate": {"metadata": metadata, "spec": _CLAIM}}
            for metadata in (
                *({"labels": {key: "b"}} for key in KEYS[:4]),
                *({"annotations": {key: "b"}} for key in KEYS[3:6]),
                *(
                    {"name": "a"},
                    {"namespace": "a"},
                    {"generateName": "a"},
                    {"finalizers": ["x.io/a"]},
                    {"uid": "a"},
                ),
            )
        ),
    ),
    _row(
        {"name": "a" * 63, "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}},
        **{"/metadata/name": f"{'a' * 63}." * 3},
    ),
    Row(
        "Pod",
        "/spec/volumes",
        [
            [
                {"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}},
                {"name": "u", "persistentVolumeClaim": {"claimName": name}},
            ]
            for name in ("pod-e", "pod-u", "e")
        ],
    ),
    Row(
        "Pod",
        "/spec/volumes/1",
        [{"name": "u", "ephemeral": {"volumeClaimTemplate": {"spec": _CLAIM}}}],
        {"/metadata/name": f"{'a' * 63}." * 3 + "a" * 60},
    ),
    *(_row({"name": "u", first: a, second: b}) for (first, a), (second, b) in pairwise(_EVERY)),
    Row(
        "Pod",
        "/spec/volumes",
        [[{"name": "u", "projected": {"sources": [{"serviceAccountToken": {"path": "a"}}]}}]],
        {"/spec/automountServiceAccountToken": False},
    ),
)
"""Volumes and their sources."""

CLAIM_TEMPLATES = tuple(
    Row("StatefulSet", "/spec/volumeClaimTemplates/0/spec", [claim]) for claim in _CLAIMS[:12]
)
"""The claims of a StatefulSet."""
