"""Generates random values, valid and invalid, for fields that do not concern security."""

import random
from collections.abc import Callable, Sequence
from typing import Any

JSONObject = dict[str, Any]
Odd = Callable[[JSONObject, random.Random], None]

NAMES = ("a", "web", "A", "a.b", "-a", "a_b", "", "a" * 64, "a" * 16, "1", "a--b", "..", "ä")
PATHS = ("", "/a", "a", "../a", "a/../b", "..a", "a/b")
NUMBERS = (-1, 0, 1, 2, 80, 65535, 65536, 100_001)
KEYS = ("app", "a/b", "a/b/c", "/b", "A_b", "_a", "", "x.io/" + "a" * 64, "ä")
VALUES = ("", "a", "-a", "a b", "a" * 64, "x/y")
QUANTITIES = ("1", "100m", "1Gi", "-1", "0", "1500m", "2", "3Mi", "1e3")
RESOURCES = (
    *("cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "hugepages-x", "storage", "foo", "pods"),
    *("x.io/gpu", "requests.x.io/gpu", "kubernetes.io/batch", "A b"),
)
ADDRESSES = ("10.0.0.1", "1.2.3", "010.0.0.1", "::1", "fe80::1", "::ffff:1.2.3.4", "127.0.0.1", "", "0.0.0.0")  # noqa: S104 - no address that is listened on
IMAGES = ("", "i", " i", "i ", "a/b:c")
SCHEDULES = (
    *("* * * * *", "*/5 0 1,15 * mon-fri", "@daily", "@every 1h30m", "@every x", "@never", "* * * *"),
    *("60 * * * *", "* 24 * * *", "5-1 * * * *", "1-2-3 * * * *", "*/0 * * * *", "a * * * *", "-1 * * * *"),
    *("*/1/2 * * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "TZ=UTC * * * * *", "CRON_TZ=x * * * * *"),
    *("@every 1", "@every -1.5h", "@every", "99999999999999999999 * * * *", "TZ=UTC", " * * * * *"),
)
ZONES = ("UTC", "Europe/Berlin", "", "Local", "Nowhere/City", "../x", "a b", "-x")
AMOUNTS = (0, 1, -1, "25%", "0%", "101%", "25", "x%", "5")


def subset(draw: random.Random, choices: JSONObject, most: int = 3) -> JSONObject:
    """Some fields, each with a value drawn from its choices."""
    keys = draw.sample(list(choices), draw.randint(0, min(most, len(choices))))
    return {key: draw.choice(choices[key]) for key in keys}


def _handler(draw: random.Random) -> JSONObject:
    port = draw.choice((0, 80, 70000, "http", "HTTP", "", "a" * 16, "80"))
    header = {"name": draw.choice(("X-A", "X A", "")), "value": "v"}
    actions: JSONObject = {
        "exec": {"command": draw.choice(([], ["true"]))},
        "httpGet": {
            "port": port,
            **subset(
                draw, {"path": ("", "/x"), "scheme": ("HTTP", "https", "HTTPS"), "httpHeaders": ([header],)}
            ),
        },
        "tcpSocket": {"port": port},
        "grpc": {"port": draw.choice(NUMBERS)},
    }
    kinds = draw.sample(list(actions), draw.choice((0, 1, 1, 1, 2)))
    return {kind: actions[kind] for kind in kinds}


def _probe(draw: random.Random) -> JSONObject:
    names = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    numbers = subset(draw, dict.fromkeys((*names, "terminationGracePeriodSeconds"), (-1, 0, 1, 2, 5)))
    return _handler(draw) | numbers


def _lifecycle(draw: random.Random) -> JSONObject:
    handler = _handler(draw)
    handler.pop("grpc", None)
    if draw.random() < 0.3:
        handler["sleep"] = {"seconds": draw.choice((-1, 0, 1, 31))}
    result: JSONObject = {draw.choice(("postStart", "preStop")): handler}
    if draw.random() < 0.2:
        result["stopSignal"] = draw.choice(("SIGTERM", "SIGFOO", "SIGRTMIN+1"))
    return result


def _env(draw: random.Random) -> JSONObject:
    fields = (
        "metadata.name",
        "metadata.labels['a/b']",
        "metadata.annotations['A_b']",
        "metadata.labels['']",
        "spec.host",
        "status.hostIPs",
        "status.podIP",
        "metadata.foo",
        "spec['a']",
        "",
    )
    sources: JSONObject = {
        "fieldRef": {"fieldPath": draw.choice(fields), **subset(draw, {"apiVersion": ("v1", "v2")})},
        "resourceFieldRef": {
            "resource": draw.choice(("limits.cpu", "requests.memory", "limits.hugepages-2Mi", "cpu", "")),
            **subset(draw, {"divisor": ("1", "1m", "1Mi", "3", "0")}),
        },
        "configMapKeyRef": {"name": draw.choice(NAMES), "key": draw.choice(("k", "", "a b", "..", "..a"))},
        "secretKeyRef": {"name": draw.choice(NAMES), "key": draw.choice(("k", "", "a/b"))},
    }
    variable: JSONObject = {"name": draw.choice(("A", "a.b", "1a", "", "a b", "a=b", "..", "..x", "ä"))}
    if draw.random() < 0.3:
        variable["value"] = "v"
    if draw.random() < 0.7:
        kinds = draw.sample(list(sources), draw.choice((0, 1, 1, 1, 2)))
        variable["valueFrom"] = {kind: sources[kind] for kind in kinds}
    return variable


def _env_from(draw: random.Random) -> JSONObject:
    sources = {kind: {"name": draw.choice(("c", "", "A_b"))} for kind in ("configMapRef", "secretRef")}
    kinds = draw.sample(list(sources), draw.choice((0, 1, 1, 2)))
    return {**subset(draw, {"prefix": ("P_", "1", "a b")}), **{kind: sources[kind] for kind in kinds}}


def _port(draw: random.Random) -> JSONObject:
    return subset(
        draw,
        {
            "name": NAMES,
            "containerPort": NUMBERS,
            "hostPort": NUMBERS,
            "protocol": ("TCP", "UDP", "tcp", "SCTP"),
            "hostIP": ("", "1.2.3.4"),
        },
        5,
    )


def _mount(draw: random.Random) -> JSONObject:
    return {
        "name": draw.choice(("v0", "v1", "v2", "gone", "")),
        "mountPath": draw.choice(("/a", "/b", "", "b:c")),
        **subset(
            draw,
            {
                "subPath": PATHS,
                "subPathExpr": PATHS,
                "mountPropagation": ("None", "Bidirectional", "HostToContainer", "x"),
                "readOnly": (True, False),
                "recursiveReadOnly": ("Enabled", "IfPossible", "Disabled", "x"),
            },
            2,
        ),
    }


def _device(draw: random.Random) -> JSONObject:
    return {
        "name": draw.choice(("v0", "v1", "gone", "")),
        "devicePath": draw.choice(("/a", "/b", "/../x", "")),
    }


def _resources(draw: random.Random) -> JSONObject:
    names = draw.sample(RESOURCES, draw.choice((1, 1, 2)))
    result = {
        kind: {name: draw.choice(QUANTITIES) for name in names if draw.random() < 0.8}
        for kind in draw.sample(("limits", "requests"), draw.choice((1, 2)))
    }
    if draw.random() < 0.1:
        result["claims"] = [{"name": draw.choice(("c", ""))}]  # type: ignore[assignment]
    return result


def _container(draw: random.Random) -> tuple[str, Any]:
    key = draw.choice(
        (
            *("name", "image", "ports", "ports", "env", "env", "envFrom", "volumeMounts", "volumeMounts"),
            *("volumeDevices", "imagePullPolicy", "resources", "resources", "terminationMessagePolicy"),
            *("livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "restartPolicy", "windows"),
            "resizePolicy",
        )
    )
    many = draw.randint(1, 2)
    match key:
        case "name":
            return key, draw.choice(NAMES)
        case "image":
            return key, draw.choice(IMAGES)
        case "ports" | "env" | "envFrom" | "volumeMounts" | "volumeDevices":
            make = {
                "ports": _port,
                "env": _env,
                "envFrom": _env_from,
                "volumeMounts": _mount,
                "volumeDevices": _device,
            }[key]
            return key, [make(draw) for _ in range(many)]
        case "imagePullPolicy":
            return key, draw.choice(("Always", "Sometimes", ""))
        case "resources":
            return key, _resources(draw)
        case "terminationMessagePolicy":
            return key, draw.choice(("File", "x", ""))
        case "lifecycle":
            return key, _lifecycle(draw)
        case "restartPolicy":
            return key, draw.choice(("Always", "Never", "x"))
        case "windows":
            users = ("a", "", "a\\b\\c", "d\\u", "x:y", "..", "a\tb", "\\u", "d\\")
            options = {
                "runAsUserName": users,
                "gmsaCredentialSpecName": NAMES,
                "gmsaCredentialSpec": ("", "x"),
            }
            return "securityContext", {"windowsOptions": subset(draw, options)}
        case "resizePolicy":
            policy = {
                "resourceName": draw.choice(("cpu", "foo", "")),
                "restartPolicy": draw.choice(("NotRequired", "RestartContainer", "x")),
            }
            return key, [policy] * many
    return key, _probe(draw)


def _volume(draw: random.Random, place: int) -> JSONObject:
    items = [subset(draw, {"key": ("k", ""), "path": PATHS, "mode": (0, 511, 512, -1)})]
    claim = {
        "accessModes": draw.choice(([], ["ReadWriteOnce"], ["x"], ["ReadWriteOnce", "ReadWriteOncePod"])),
        "resources": {"requests": draw.choice(({}, {"storage": "1Gi"}, {"storage": "0"}, {"storage": "-1"}))},
        **subset(
            draw,
            {
                "storageClassName": NAMES,
                "volumeMode": ("Block", "x"),
                "dataSource": ({"kind": "PersistentVolumeClaim", "name": "a"}, {"kind": "X", "name": ""}),
            },
        ),
    }
    file = {
        "path": draw.choice(PATHS),
        **subset(
            draw,
            {
                "fieldRef": ({"fieldPath": "metadata.labels"}, {"fieldPath": "status.podIP"}),
                "resourceFieldRef": (
                    {"resource": "limits.cpu", "containerName": "app"},
                    {"resource": "limits.cpu"},
                ),
                "mode": (256, 512),
            },
            2,
        ),
    }
    projection: JSONObject = {
        "secret": {"name": draw.choice(("s", "")), "items": items},
        "configMap": {"name": draw.choice(("s", "")), "items": items},
        "downwardAPI": {"items": [file]},
        "serviceAccountToken": {
            "path": draw.choice(PATHS),
            **subset(draw, {"expirationSeconds": (600, 599, 2**33)}),
        },
    }
    kinds = draw.sample(list(projection), draw.choice((0, 1, 1, 2)))
    sources: JSONObject = {
        "emptyDir": subset(draw, {"sizeLimit": ("1Gi", "-1")}),
        "hostPath": subset(draw, {"path": ("", "/a", "/../b"), "type": ("", "File", "x")}),
        "gitRepo": subset(draw, {"repository": ("", "r"), "directory": PATHS}),
        "gcePersistentDisk": subset(draw, {"pdName": ("", "d"), "partition": (-1, 0, 300)}),
        "awsElasticBlockStore": subset(draw, {"volumeID": ("", "d"), "partition": (-1, 1)}),
        "secret": {**subset(draw, {"secretName": ("s", ""), "defaultMode": (511, 512), "items": (items,)})},
        "configMap": {**subset(draw, {"name": ("s", ""), "defaultMode": (511, 512), "items": (items,)})},
        "nfs": subset(draw, {"server": ("", "s"), "path": ("", "/p", "p")}),
        "iscsi": subset(
            draw,
            {
                "targetPortal": ("", "t" * 70, "t"),
                "iqn": (
                    "",
                    "x",
                    "iqn.2001-04.com.example:storage",
                    "iqn.2001",
                    "eui.0123456789abcdef",
                    "naa.1",
                ),
                "lun": (-1, 1, 256),
                "initiatorName": ("iqn.2001-04.com.example:s", "x"),
                "chapAuthSession": (True, False),
            },
            5,
        ),
        "glusterfs": subset(draw, {"endpoints": ("", "e"), "path": ("", "p")}),
        "flocker": subset(draw, {"datasetName": ("", "a/b", "d"), "datasetUUID": ("", "u")}),
        "persistentVolumeClaim": subset(draw, {"claimName": ("", "c")}),
        "rbd": subset(draw, {"monitors": ([], ["m"]), "image": ("", "i")}),
        "cinder": subset(draw, {"volumeID": ("", "v"), "secretRef": ({}, {"name": "s"})}),
        "cephfs": subset(draw, {"monitors": ([], ["m"])}),
        "quobyte": subset(
            draw, {"registry": ("", "r", "h:1,h:2", "h:1:2"), "volume": ("", "v"), "tenant": ("t", "t" * 65)}
        ),
        "downwardAPI": {"items": [file]},
        "fc": subset(draw, {"targetWWNs": (["w"],), "wwids": (["w"],), "lun": (0, 256)}),
        "flexVolume": subset(draw, {"driver": ("", "x/y"), "options": ({"a.k8s.io/b": "c"}, {"a": "b"})}),
        "azureFile": subset(draw, {"secretName": ("", "s"), "shareName": ("", "s")}),
        "vsphereVolume": subset(draw, {"volumePath": ("", "p")}),
        "photonPersistentDisk": subset(draw, {"pdID": ("", "p")}),
        "portworxVolume": subset(draw, {"volumeID": ("", "p")}),
        "azureDisk": subset(
            draw,
            {
                "diskName": ("", "d"),
                "diskURI": ("", "https://x", "/subscriptions/x"),
                "kind": ("Managed", "Shared", "x"),
                "cachingMode": ("None", "x"),
            },
            4,
        ),
        "storageos": subset(draw, {"volumeName": NAMES, "volumeNamespace": NAMES, "secretRef": ({},)}),
        "projected": {
            "sources": [{kind: projection[kind] for kind in kinds}],
            **subset(draw, {"defaultMode": (511, 512)}),
        },
        "scaleIO": subset(draw, {"gateway": ("", "g"), "system": ("", "s"), "volumeName": ("", "v")}),
        "csi": subset(
            draw,
            {
                "driver": ("", "A.b", "_", "a" * 64),
                "nodePublishSecretRef": ({}, {"name": "s"}, {"name": "A"}),
            },
        ),
        "ephemeral": draw.choice(
            (
                {},
                {
                    "volumeClaimTemplate": {
                        "spec": claim,
                        **subset(
                            draw,
                            {
                                "metadata": (
                                    {"labels": {draw.choice(KEYS): draw.choice(VALUES)}},
                                    {"name": "x"},
                                )
                            },
                        ),
                    }
                },
            )
        ),
    }
    kinds = draw.sample(list(sources), draw.choice((0, 1, 1, 1, 1, 1, 2)))
    name = draw.choice((f"v{place}",) * 6 + ("v0", *NAMES))
    return {"name": name, **{kind: sources[kind] for kind in kinds}}


def _selector(draw: random.Random) -> JSONObject:
    expression = {
        "key": draw.choice(KEYS),
        "operator": draw.choice(("In", "Exists", "x")),
        **subset(draw, {"values": ([], ["a"], ["-a"])}),
    }
    return subset(
        draw,
        {
            "matchLabels": ({}, {"app": "x"}, {draw.choice(KEYS): draw.choice(VALUES)}),
            "matchExpressions": ([expression],),
        },
    )


def _affinity(draw: random.Random) -> JSONObject:
    expression = {
        "key": draw.choice(KEYS),
        "operator": draw.choice(("In", "NotIn", "Exists", "Gt", "Lt", "x")),
        **subset(draw, {"values": ([], ["1"], ["a", "b"], ["-a"])}),
    }
    field = {
        "key": draw.choice(("metadata.name", "x")),
        "operator": draw.choice(("In", "Exists")),
        "values": draw.choice((["n"], ["n", "m"], ["A_b"])),
    }
    term = subset(draw, {"matchExpressions": ([expression],), "matchFields": ([field],)})
    pod_term = {
        "topologyKey": draw.choice(("zone", "", "a b")),
        **subset(
            draw,
            {
                "labelSelector": (_selector(draw),),
                "namespaces": (["a"], ["A"]),
                "namespaceSelector": (_selector(draw),),
                "matchLabelKeys": (["a"], ["app"], ["-"]),
                "mismatchLabelKeys": (["b"], ["a"]),
            },
        ),
    }
    weight = draw.choice((0, 1, 100, 101))
    required, preferred = (
        f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred")
    )
    return subset(
        draw,
        {
            "nodeAffinity": (
                {required: {"nodeSelectorTerms": draw.choice(([], [term]))}},
                {preferred: [{"weight": weight, "preference": term}]},
            ),
            "podAffinity": (
                {required: [pod_term]},
                {preferred: [{"weight": weight, "podAffinityTerm": pod_term}]},
            ),
            "podAntiAffinity": ({required: [pod_term]},),
        },
    )


def _toleration(draw: random.Random) -> JSONObject:
    return subset(
        draw,
        {
            "key": KEYS,
            "operator": ("Equal", "Exists", "x", "Lt"),
            "value": VALUES,
            "effect": ("NoSchedule", "NoExecute", "x"),
            "tolerationSeconds": (1,),
        },
        4,
    )


def _spread(draw: random.Random) -> JSONObject:
    return subset(
        draw,
        {
            "maxSkew": (0, 1),
            "topologyKey": ("", "zone"),
            "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway", "x"),
            "minDomains": (0, 1),
            "nodeTaintsPolicy": ("Honor", "x"),
            "labelSelector": (_selector(draw),),
            "matchLabelKeys": (["a"], ["app"]),
        },
        5,
    )


def _dns(draw: random.Random) -> JSONObject:
    return subset(
        draw,
        {
            "nameservers": ([], [draw.choice(ADDRESSES)], ["1.1.1.1"] * 4),
            "searches": (["a.b"], ["a_b."], ["."], ["A"], ["x.y"] * 33),
            "options": ([{}], [{"name": "ndots"}]),
        },
    )


def odd_spec(spec: JSONObject, draw: random.Random) -> None:
    """Set one field of a pod's spec, or of one of its containers."""
    containers = [*(spec.get("containers") or ()), *spec.get("initContainers", ())]
    if containers and draw.random() < 0.5:
        key, value = _container(draw)
        draw.choice(containers)[key] = value
        return
    key = draw.choice(
        (
            *("volumes",) * 6,
            *("affinity", "tolerations", "topologySpreadConstraints", "dns", "hostAliases", "initContainers"),
            *("sysctls", "plain", "plain", "plain", "ephemeralContainers", "resources", "schedulingGates"),
        )
    )
    match key:
        case "volumes":
            spec["volumes"] = [_volume(draw, number) for number in range(draw.choice((1, 1, 2)))]
        case "affinity":
            spec[key] = _affinity(draw)
        case "tolerations":
            spec[key] = [_toleration(draw)]
        case "topologySpreadConstraints":
            spec[key] = [_spread(draw) for _ in range(draw.randint(1, 2))]
        case "dns":
            spec["dnsConfig"] = _dns(draw)
            spec["dnsPolicy"] = draw.choice(("None", "Default", "x", "ClusterFirst"))
        case "hostAliases":
            spec[key] = [{"ip": draw.choice(ADDRESSES), "hostnames": [draw.choice(NAMES)]}]
        case "initContainers":
            spec[key] = [{"name": draw.choice(("init", "app", "")), "image": "i"}]
            inner, value = _container(draw)
            spec[key][0][inner] = value
        case "ephemeralContainers":
            spec[key] = [
                {
                    "name": draw.choice(("debug", "app")),
                    "image": "i",
                    **subset(draw, {"targetContainerName": ("app", "x"), "ports": ([{"containerPort": 1}],)}),
                }
            ]
        case "sysctls":
            names = ("kernel.shm_rmid_forced", "net.core.somaxconn", "", "A", "a/b.c", "net/core/x")
            spec["securityContext"] = {
                "sysctls": [{"name": draw.choice(names), "value": "1"}] * draw.randint(1, 2)
            }
            spec |= subset(draw, {"hostNetwork": (True,), "hostIPC": (True,)})
        case "resources":
            spec[key] = _resources(draw)
        case "schedulingGates":
            spec[key] = [{"name": draw.choice(KEYS)}] * draw.randint(1, 2)
        case _:
            spec |= subset(
                draw,
                {
                    "restartPolicy": ("Always", "Never", "x"),
                    "nodeSelector": ({draw.choice(KEYS): draw.choice(VALUES)},),
                    "serviceAccountName": ("A_b", "default"),
                    "nodeName": NAMES,
                    "activeDeadlineSeconds": (-1, 0, 1, 2**31),
                    "hostname": NAMES,
                    "subdomain": NAMES,
                    "terminationGracePeriodSeconds": (-1, 0, 5),
                    "priorityClassName": ("A_b",),
                    "preemptionPolicy": ("Never", "x"),
                    "readinessGates": ([{"conditionType": draw.choice(KEYS)}],),
                    "shareProcessNamespace": (True,),
                    "hostPID": (True,),
                    "hostNetwork": (True,),
                    "hostUsers": (False,),
                    "hostnameOverride": NAMES,
                    "setHostnameAsFQDN": (True,),
                    "securityContext": (
                        {"fsGroupChangePolicy": "x"},
                        {"supplementalGroupsPolicy": "x"},
                        {"seLinuxChangePolicy": "x"},
                        {"runAsUser": -1},
                    ),
                    "os": ({"name": "linux"}, {"name": "windows"}, {"name": "x"}),
                },
                3,
            )


def _job_spec(draw: random.Random) -> JSONObject:
    codes = {
        "operator": draw.choice(("In", "NotIn", "x", "")),
        "values": draw.choice(([1], [0], [2, 1], [1, 1], [])),
        **subset(draw, {"containerName": ("app", "gone")}),
    }
    condition = {"type": draw.choice(KEYS), "status": draw.choice(("True", "x", ""))}
    rule = {
        "action": draw.choice(("Ignore", "FailIndex", "x", "")),
        **subset(draw, {"onExitCodes": (codes,), "onPodConditions": ([condition],)}),
    }
    success = subset(
        draw,
        {"succeededIndexes": ("0", "0-1", "5", "x", "1-0", "0,0", "1-2-3"), "succeededCount": (-1, 1, 9)},
    )
    return subset(
        draw,
        {
            "parallelism": (-1, 0, 1, 200_000),
            "completions": (-1, 0, 2, 3),
            "activeDeadlineSeconds": (-1, 0, 5),
            "backoffLimit": (-1, 3),
            "ttlSecondsAfterFinished": (-1, 3),
            "completionMode": ("Indexed", "NonIndexed", "x"),
            "backoffLimitPerIndex": (-1, 1),
            "maxFailedIndexes": (-1, 1, 9),
            "managedBy": ("x", "x.io/y", "", "A/b", "x.io/ä", "x.io/" + "a" * 64),
            "podReplacementPolicy": ("Failed", "x"),
            "podFailurePolicy": ({"rules": [rule]},),
            "successPolicy": ({"rules": []}, {"rules": [success]}),
            "manualSelector": (True, False),
            "selector": ({"matchLabels": {"app": "x"}}, {}),
        },
        4,
    )


def odd_workload(obj: JSONObject, draw: random.Random) -> None:
    """Set some fields of a workload itself."""
    kind, spec = obj["kind"], obj.get("spec", {})
    match kind:
        case "CronJob":
            if draw.random() < 0.5:
                spec["jobTemplate"]["spec"] |= _job_spec(draw)
            spec |= subset(
                draw,
                {
                    "schedule": SCHEDULES,
                    "timeZone": ZONES,
                    "concurrencyPolicy": ("Forbid", "x"),
                    "startingDeadlineSeconds": (-1, 1),
                    "successfulJobsHistoryLimit": (-1, 1),
                    "failedJobsHistoryLimit": (-1, 1),
                },
                4,
            )
        case "Job":
            spec |= _job_spec(draw)
            labels = {"job-name": "other"} if draw.random() < 0.1 else {}
            spec["template"]["metadata"]["labels"] |= labels
        case "PodTemplate" | "Pod":
            return
        case _:
            rolling = subset(draw, {"maxUnavailable": AMOUNTS, "maxSurge": AMOUNTS})
            strategy = subset(
                draw,
                {"type": ("RollingUpdate", "Recreate", "OnDelete", "x"), "rollingUpdate": (rolling,)},
            )
            if kind == "StatefulSet" and "rollingUpdate" in strategy:
                strategy["rollingUpdate"] = subset(draw, {"partition": (-1, 1), "maxUnavailable": AMOUNTS})
            claim = {
                "metadata": {"name": draw.choice(("v0", "data"))},
                "spec": subset(
                    draw,
                    {
                        "accessModes": (["ReadWriteOnce"], ["x"]),
                        "resources": ({"requests": {"storage": "1Gi"}},),
                    },
                ),
            }
            fields: JSONObject = {
                "replicas": (-1, 0, 2),
                "minReadySeconds": (-1, 5, 700),
                "revisionHistoryLimit": (-1, 5),
                "progressDeadlineSeconds": (-1, 1, 900),
                "selector": (_selector(draw), {"matchLabels": {"app": "x"}}),
                "strategy": (strategy,),
                "updateStrategy": (strategy,),
                "podManagementPolicy": ("Parallel", "x"),
                "serviceName": NAMES,
                "volumeClaimTemplates": ([claim],),
                "persistentVolumeClaimRetentionPolicy": ({"whenDeleted": "Delete"}, {"whenScaled": "x"}),
                "ordinals": ({"start": -1}, {"start": 2}),
            }
            if kind == "ReplicationController":
                fields["selector"] = ({}, {"app": "y"}, {"app": "x"})
            spec |= subset(draw, fields, 3)


def odd_service(draw: random.Random, name: str, namespace: str) -> JSONObject:
    """A Service."""
    ports = [
        subset(
            draw,
            {
                "name": NAMES,
                "port": (0, 80, 81, 70000),
                "protocol": ("TCP", "UDP", "x"),
                "targetPort": (0, 80, "http", "HTTP", -1),
                "nodePort": (30080, 30081, 0),
                "appProtocol": KEYS,
            },
            3,
        )
        | ({"port": 80} if draw.random() < 0.5 else {})
        for _ in range(draw.choice((0, 1, 1, 1, 2)))
    ]
    spec = {"ports": ports} | subset(
        draw,
        {
            "type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "x"),
            "clusterIP": ("None", "x", "10.0.0.300"),
            "clusterIPs": (["None"], ["x"], ["10.0.0.7", "10.0.0.8"], ["None", "10.0.0.7"]),
            "externalName": ("a.b", "A", "", "x.y."),
            "externalIPs": ([draw.choice(ADDRESSES)], ["8.8.8.8"]),
            "sessionAffinity": ("ClientIP", "None", "x"),
            "sessionAffinityConfig": ({"clientIP": {"timeoutSeconds": draw.choice((0, 5, 90000))}},),
            "selector": ({draw.choice(KEYS): draw.choice(VALUES)},),
            "loadBalancerSourceRanges": (
                ["10.0.0.0/8"],
                ["x"],
                ["10.0.0.1/8"],
                [" 10.0.0.0/8"],
                ["010.0.0.0/8"],
            ),
            "loadBalancerClass": ("a/b", "A b"),
            "externalTrafficPolicy": ("Local", "Cluster", "x"),
            "internalTrafficPolicy": ("Local", "x"),
            "healthCheckNodePort": (31000,),
            "allocateLoadBalancerNodePorts": (True, False),
            "ipFamilies": (["IPv4"], ["IPv4", "IPv4"], ["x"]),
            "ipFamilyPolicy": ("SingleStack", "x"),
            "trafficDistribution": ("PreferClose", "PreferSameZone", "x"),
        },
        4,
    )
    names = (name,) * 8 + ("1a", "A", "a.b")
    metadata: JSONObject = {"name": draw.choice(names), "namespace": namespace}
    if draw.random() < 0.1:
        key = "service.beta.kubernetes.io/load-balancer-source-ranges"
        metadata["annotations"] = {key: draw.choice(("10.0.0.0/8", "x", ""))}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def odd_config_map(draw: random.Random, name: str, namespace: str) -> JSONObject:
    """A ConfigMap."""
    keys: Sequence[str] = ("a", "a.b", "..", "..a", "a b", "", "ä", ".", "a" * 254)
    metadata = {"name": draw.choice((name, name, name, "A_b")), "namespace": namespace}
    data = subset(draw, dict.fromkeys(keys, ("x",)), 2)
    binary = subset(draw, dict.fromkeys(keys, ("eA==",)), 1)
    big = {"big": "x" * (1 << 20)} if draw.random() < 0.05 else {}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": data | big,
        "binaryData": binary,
    }
