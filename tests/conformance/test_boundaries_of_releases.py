"""Tests in which release between the two recorded servers the answer about a field changes.

The first and the last answer are those that the servers gave (test_boundaries.py). The releases are those of
upstream's feature gates and changelogs.
"""

from typing import Any

import pytest

from tests.conformance.test_boundaries import cluster, recorded
from tests.live.boundaries.values import changed

CHANGES: tuple[tuple[str, dict[str, Any], list[int]], ...] = (
    ("Pod", {"/metadata/ownerReferences": [{"apiVersion": "v1", "kind": "", "name": "o", "uid": "u"}]}, [37]),
    (
        "Pod",
        {
            "/spec/affinity": {
                "podAntiAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": [
                        {"topologyKey": "k", "matchLabelKeys": ["a"]}
                    ]
                }
            }
        },
        [31],
    ),
    (
        "Pod",
        {
            "/spec/affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {},
                            {
                                "matchExpressions": [
                                    {"key": "a", "operator": "Exists"},
                                    {"key": "a", "operator": "In", "values": ["b", "-c"]},
                                ]
                            },
                        ]
                    }
                }
            }
        },
        [32],
    ),
    ("Pod", {"/spec/containers/1/env": [{"name": "B", "valueFrom": {}}]}, [35]),
    (
        "Pod",
        {
            "/spec/containers/1/env": [
                {"name": "A"},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}},
            ]
        },
        [28],
    ),
    (
        "Pod",
        {
            "/spec/containers/1/env": [
                {"name": "B", "valueFrom": {"fileKeyRef": {"volumeName": "", "path": "a", "key": "K"}}}
            ]
        },
        [35],
    ),
    (
        "Pod",
        {
            "/spec/containers/1/env": [
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['A/-']"}}}
            ]
        },
        [25],
    ),
    ("Pod", {"/spec/containers/1/lifecycle": {"preStop": {"sleep": {"seconds": 0}}}}, [30, 33]),
    ("Pod", {"/spec/containers/1/lifecycle": {"preStop": {"sleep": {"seconds": 31}}}}, [30, 33]),
    ("Pod", {"/spec/containers/1/lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}, [30]),
    ("Pod", {"/spec/containers/1/lifecycle": {"preStop": {"sleep": {}}}}, [30, 33]),
    ("Pod", {"/spec/initContainers/1/restartPolicy": "Never"}, [29, 35]),
    (
        "Pod",
        {
            "/spec/initContainers/1/restartPolicy": "Always",
            "/spec/initContainers/1/restartPolicyRules": [
                {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
            ],
        },
        [35, 36],
    ),
    ("Pod", {"/spec/containers/1/resizePolicy": [{"resourceName": "cpu", "restartPolicy": ""}]}, [33]),
    ("Pod", {"/spec/containers/1/resources": {"claims": [{"name": "c"}]}}, [26]),
    ("Pod", {"/spec/containers/1/restartPolicy": ""}, [29, 35]),
    (
        "Pod",
        {
            "/spec/containers/1/restartPolicy": "Never",
            "/spec/containers/1/restartPolicyRules": [
                {"action": "", "exitCodes": {"operator": "In", "values": [1]}}
            ],
        },
        [29, 35, 36],
    ),
    ("Pod", {"/spec/containers/1/terminationMessagePolicy": "x"}, [25]),
    (
        "Pod",
        {
            "/spec/containers/1/volumeMounts": [
                {"name": "v", "mountPath": "/a"},
                {"name": "w", "mountPath": "/b", "recursiveReadOnly": ""},
            ]
        },
        [31],
    ),
    ("Pod", {"/spec/dnsConfig": {"searches": ["a", ""]}}, [32]),
    ("Pod", {"/spec/dnsConfig": {"searches": ["a", "a", "a", "a", "a", "a", "a"]}}, [26]),
    (
        "Pod",
        {"/spec/hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a"]}, {"ip": "", "hostnames": ["a"]}]},
        [30],
    ),
    (
        "Pod",
        {"/spec/hostNetwork": True, "/spec/securityContext/sysctls": [{"name": "net.a", "value": "1"}]},
        [29],
    ),
    (
        "Pod",
        {"/spec/hostNetwork": True, "/spec/containers/1/ports": [{"containerPort": 80, "hostPort": 81}]},
        [28],
    ),
    (
        "Pod",
        {
            "/spec/hostNetwork": True,
            "/spec/containers/1/ports": [{"containerPort": 80, "hostPort": 81}],
            "/spec/nodeSelector": {"-a": "b"},
        },
        [28],
    ),
    ("Pod", {"/spec/hostPID": True, "/spec/hostUsers": False}, [33]),
    ("Pod", {"/spec/hostPID": True, "/spec/shareProcessNamespace": True}, [28]),
    ("Pod", {"/spec/hostnameOverride": ""}, [35]),
    ("Pod", {"/spec/initContainers/1/lifecycle": {"preStop": {}}}, [25, 28]),
    (
        "Pod",
        {
            "/spec/initContainers/1/resizePolicy": [
                {"resourceName": "memory", "restartPolicy": "RestartContainer"}
            ]
        },
        [35],
    ),
    (
        "Pod",
        {
            "/spec/initContainers/1/restartPolicy": "Always",
            "/spec/initContainers/1/lifecycle": {"preStop": {}},
        },
        [25, 28],
    ),
    ("Pod", {"/spec/nodeName": "n", "/spec/schedulingGates": [{"name": "a"}]}, [26]),
    ("Pod", {"/spec/os": {"name": "windows"}, "/spec/resources": {"limits": {"cpu": "1"}}}, [34]),
    ("Pod", {"/spec/resourceClaims": [{"name": "a", "resourceClaimName": "x"}, {}]}, [34]),
    (
        "Pod",
        {
            "/spec/resourceClaims": [
                {"name": "c", "resourceClaimName": "x"},
                {"name": "d", "resourceClaimTemplateName": "x"},
            ],
            "/spec/containers/1/resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "3"}},
        },
        [27],
    ),
    ("Pod", {"/spec/schedulingGates": [{"name": "-a"}]}, [27]),
    (
        "Pod",
        {"/spec/securityContext/sysctls": [{"name": "a", "value": "1"}, {"name": "A", "value": "1"}]},
        [25],
    ),
    ("Pod", {"/spec/tolerations": [{"key": "a"}, {"key": "a", "operator": "Lt"}]}, [35]),
    ("Pod", {"/spec/tolerations": [{"key": "a"}, {"key": "a", "operator": "Exists", "value": "b"}]}, [32]),
    (
        "Pod",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "k",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "nodeTaintsPolicy": "",
                }
            ]
        },
        [26],
    ),
    (
        "Pod",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "k",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "matchLabelKeys": ["a"],
                }
            ]
        },
        [27],
    ),
    (
        "Pod",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "k",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"-a": "b"}},
                }
            ]
        },
        [27],
    ),
    (
        "Pod",
        {
            "/spec/topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "k",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"app": "x"}},
                    "matchLabelKeys": ["b", "app"],
                }
            ]
        },
        [27, 34],
    ),
    ("Pod", {"/spec/volumes": [{"name": "g", "emptyDir": {}}, {"name": "u", "csi": {}}]}, [35]),
    ("Pod", {"/spec/volumes": [{"name": "g", "emptyDir": {}}, {"name": "u", "image": {}}]}, [33]),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "projected": {
                        "sources": [{"configMap": {"name": "c"}}, {"serviceAccountToken": {"path": "/a"}}]
                    },
                },
            ]
        },
        [30],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "projected": {
                        "sources": [
                            {"configMap": {"name": "c"}},
                            {"secret": {"name": "a"}, "configMap": {"name": "b"}},
                        ]
                    },
                },
            ]
        },
        [31],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "spec": {"accessModes": ["x"], "resources": {"requests": {"storage": "1"}}}
                        }
                    },
                },
            ]
        },
        [27],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "projected": {
                        "sources": [
                            {"configMap": {"name": "c"}},
                            {"secret": {"name": "a"}, "clusterTrustBundle": {"name": "x", "path": "a"}},
                        ]
                    },
                },
            ]
        },
        [37],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "metadata": {"uid": "a"},
                            "spec": {
                                "accessModes": ["ReadWriteOnce"],
                                "resources": {"requests": {"storage": "1"}},
                            },
                        }
                    },
                },
            ]
        },
        [26],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "spec": {
                                "accessModes": ["ReadWriteOnce"],
                                "resources": {"requests": {"storage": "1"}},
                                "volumeAttributesClassName": "A",
                            }
                        }
                    },
                },
            ]
        },
        [34],
    ),
    (
        "Pod",
        {
            "/spec/volumes": [
                {"name": "g", "emptyDir": {}},
                {
                    "name": "u",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "spec": {
                                "accessModes": ["ReadWriteOnce"],
                                "resources": {"requests": {"storage": "1"}},
                                "dataSource": {"kind": "", "name": "a"},
                            }
                        }
                    },
                },
            ]
        },
        [26],
    ),
    ("CronJob", {"/spec/schedule": "* * * * TZ"}, [29]),
    ("CronJob", {"/spec/schedule": "TZ=UTC"}, [29, 35]),
    ("CronJob", {"/spec/timeZone": ""}, [25]),
    ("CronJob", {"/spec/timeZone": "../x"}, [25, 27]),
    (
        "DaemonSet",
        {"/spec/template/spec/volumes": [{"name": "u", "gcePersistentDisk": {"pdName": "d"}}]},
        [31],
    ),
    (
        "Deployment",
        {"/spec/selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["-x"]}]}},
        [26, 34],
    ),
    ("Job", {"/metadata/name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, [35]),
    ("Job", {"/spec/managedBy": ""}, [32]),
    ("Job", {"/spec/maxFailedIndexes": 0}, [29]),
    ("Job", {"/spec/backoffLimitPerIndex": 1}, [29]),
    (
        "Job",
        {
            "/spec/podFailurePolicy": {
                "rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}]
            }
        },
        [26, 29],
    ),
    (
        "Job",
        {
            "/spec/podFailurePolicy": {
                "rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}, {}]
            }
        },
        [26, 29],
    ),
    ("Job", {"/spec/podReplacementPolicy": ""}, [29]),
    ("Job", {"/spec/selector": {"matchLabels": {"app": "y"}}}, [27, 34]),
    ("Job indexed", {"/spec/successPolicy": {}}, [31]),
    (
        "Service",
        {
            "/metadata/annotations": {
                "service.kubernetes.io/topology-mode": "",
                "service.kubernetes.io/topology-aware-hints": "b",
            }
        },
        [27],
    ),
    ("Service", {"/metadata/name": "A"}, [36]),
    ("Service", {"/spec/trafficDistribution": ""}, [31, 34]),
    ("Service", {"/spec/type": "LoadBalancer", "/spec/ports": [{"port": 10250}]}, [28]),
    ("Service", {"/spec/type": "LoadBalancer", "/spec/loadBalancerSourceRanges": ["10.0.0.0/8", ""]}, [33]),
    (
        "Service",
        {"/spec/type": "LoadBalancer", "/spec/loadBalancerSourceRanges": ["10.0.0.0/8", "10.0.0.1/8"]},
        [36],
    ),
    ("StatefulSet", {"/metadata/name": "A"}, [27]),
    ("StatefulSet", {"/spec/ordinals/start": -1}, [27]),
    ("StatefulSet", {"/spec/persistentVolumeClaimRetentionPolicy/whenScaled": "x"}, [27]),
    ("StatefulSet", {"/spec/serviceName": "A"}, [33]),
    (
        "StatefulSet",
        {
            "/spec/updateStrategy/type": "RollingUpdate",
            "/spec/updateStrategy/rollingUpdate/maxUnavailable": 0,
        },
        [37],
    ),
    ("stored Job", {"/spec/completionMode": "Indexed"}, [25]),
    ("stored Job", {"/spec/managedBy": "x.io/y"}, [25, 32]),
    ("stored Job", {"/spec/podFailurePolicy": {"rules": []}}, [25, 26, 29, 34]),
    ("stored Job indexed", {"/spec/backoffLimitPerIndex": 1}, [25, 29]),
    ("stored Job indexed", {"/spec/completions": 4}, [25, 27]),
    ("stored Job indexed", {"/spec/successPolicy": {"rules": [{"succeededCount": 1}]}}, [25, 31, 34]),
    ("stored Job suspended", {"/spec/template/spec/hostname": "h"}, [25, 34, 36]),
    ("stored Job suspended", {"/spec/template/spec/schedulingGates": [{"name": "g"}]}, [25, 26, 27]),
    ("stored Pod", {"/spec/affinity": {}}, [27]),
    ("stored Pod", {"/spec/schedulingGates": [{"name": "-g"}]}, [26, 27]),
    ("stored Pod gated", {"/spec/nodeSelector": {}}, [27, 34]),
    ("stored Role", {"/rules": [{"verbs": []}]}, [37]),
    ("stored RoleBinding", {"/roleRef": {"apiGroup": "x", "kind": "ClusterRole", "name": "view"}}, [36]),
    ("stored Service", {"/spec/externalTrafficPolicy": "x"}, [26]),
    ("stored StatefulSet", {"/spec/selector": {}}, [26, 33, 34]),
)
"""The object, the fields that are set, and the minor versions since which the answer is another one."""


@pytest.mark.parametrize(("base", "fields", "since"), CHANGES)
def test_an_answer_changes_with_the_release_that_changed_the_field(
    base: str, fields: dict[str, Any], since: list[int]
) -> None:
    old = recorded()[0]["v1.37.1", base]
    arguments: dict[str, Any] = {"operation": "UPDATE", "old": old} if base.startswith("stored ") else {}
    answers = [
        cluster(f"1.{minor}").submit(changed(old, fields), **arguments).message for minor in range(24, 38)
    ]
    assert [minor for minor in range(25, 38) if answers[minor - 24] != answers[minor - 25]] == since
