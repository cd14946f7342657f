"""Boundary values of the fields of workloads."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.live.boundaries.values import KEYS, LABELS, SIGNS, SUBDOMAINS, TEXTS, Row

_AMOUNTS = (-1, 0, 1, "0%", "25%", "100%", "101%", "25", "x%", "-1%", "")
_SELECTORS: tuple[Any, ...] = (
    None,
    {},
    {"matchLabels": {}},
    {"matchLabels": {"app": "y"}},
    {"matchLabels": {"-a": "x"}},
    {"matchLabels": {"app": "-x"}},
    {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "app", "operator": "x"}]},
    {"matchExpressions": [{"key": "app", "operator": "In", "values": ["-x"]}]},
    {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
)
_KINDS = {
    "PodTemplate": "/template",
    "CronJob": "/spec/jobTemplate/spec/template",
    **dict.fromkeys(
        ("ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job"),
        "/spec/template",
    ),
}
_ROLLING = ("Deployment", "DaemonSet", "StatefulSet")
_STRATEGIES = {
    "Deployment": "/spec/strategy",
    "DaemonSet": "/spec/updateStrategy",
    "StatefulSet": "/spec/updateStrategy",
}


def _rows(base: str, fields: Mapping[str, Sequence[Any]], **others: Any) -> list[Row]:
    """Rows for fields of the spec of one kind; other fields likewise."""
    more = {f"/spec/{name}": value for name, value in others.items()}
    return [Row(base, f"/spec/{name}", values, more) for name, values in fields.items()]


TEMPLATES = (
    *(
        Row(kind, f"{at}/spec/{field}", values)
        for kind, at in _KINDS.items()
        for field, values in (
            ("restartPolicy", ("Always", "OnFailure", "Never", "x")),
            ("activeDeadlineSeconds", (0, 1)),
            ("ephemeralContainers", ([{"name": "e", "image": "i"}],)),
            ("containers/0/image", ("", " i")),
            ("subdomain", ("A",)),
            (
                "volumes",
                (
                    [{"name": "u", "gcePersistentDisk": {"pdName": "d"}}],
                    [{"name": "u", "gcePersistentDisk": {"pdName": "d", "readOnly": True}}],
                ),
            ),
        )
    ),
    *(
        Row(kind, f"{at}/metadata/{field}", values)
        for kind, at in _KINDS.items()
        for field, values in (
            ("labels", ({"app": "x", "-a": "b"}, {"app": "y"}, None, {"app": "x", "a": "-b"})),
            ("annotations", ({"-a": "b"}, {"seccomp.security.alpha.kubernetes.io/pod": "x"})),
            ("name", ("A",)),
        )
    ),
    *(
        Row(
            kind,
            "/spec/template/spec/volumes",
            ([{"name": "u", "emptyDir": {}}, {"name": "v", "gcePersistentDisk": {"pdName": "d"}}],),
            {"/spec/replicas": replicas},
        )
        for kind in ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet")
        for replicas in (0, 1, 2)
    ),
    *(
        Row(kind, "/spec/template", (None,))
        for kind in ("ReplicationController", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job")
    ),
    *(Row(kind, "/metadata/name", SUBDOMAINS[1:]) for kind in ("Deployment", "StatefulSet", "Job")),
    Row("CronJob", "/metadata/name", ("a" * 52, "a" * 53, "A")),
    *(
        Row(
            kind,
            "/spec/template/spec/containers/0/ports",
            (
                [{"containerPort": 80}],
                [{"containerPort": 80, "hostPort": 81}],
                [{"containerPort": 80, "hostPort": 80}],
            ),
            {"/spec/template/spec/hostNetwork": True},
        )
        for kind in ("Deployment", "StatefulSet")
    ),
)
"""The templates of every kind."""

APPS = (
    *(
        Row(kind, f"/spec/{field}", SIGNS)
        for kind in _KINDS
        if kind not in {"PodTemplate", "Job", "CronJob"}
        for field in ("replicas", "minReadySeconds")
    ),
    *(Row(kind, "/spec/revisionHistoryLimit", SIGNS) for kind in _ROLLING),
    *(
        Row(kind, "/spec/selector", _SELECTORS)
        for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet")
    ),
    Row(
        "ReplicationController",
        "/spec/selector",
        (None, {}, {"app": "y"}, {"-a": "x"}, {"app": "x", "b": "c"}),
    ),
    Row(
        "ReplicationController",
        "/spec/template/metadata/labels",
        (None, {}, {"app": "x", "b": "c"}),
        {"/spec/selector": None},
    ),
    Row("Deployment", "/spec/progressDeadlineSeconds", (-1, 0, 1, 4, 5, 6), {"/spec/minReadySeconds": 5}),
    Row("Deployment", "/spec/minReadySeconds", (599, 600, 601)),
    Row("Deployment", "/spec/progressDeadlineSeconds", (0, 1)),
    *(
        Row(kind, f"{at}", [{"type": value} for value in ("", "RollingUpdate", "Recreate", "OnDelete", "x")])
        for kind, at in _STRATEGIES.items()
    ),
    *(
        Row(
            kind,
            at,
            [
                {"type": value, "rollingUpdate": rolling}
                for value in ("RollingUpdate", "Recreate", "OnDelete", "x")
                for rolling in ({}, {"maxUnavailable": 1})
            ],
        )
        for kind, at in _STRATEGIES.items()
    ),
    *(
        Row(kind, f"{at}/rollingUpdate/{field}", _AMOUNTS, {f"{at}/type": "RollingUpdate"})
        for kind, at in _STRATEGIES.items()
        for field in ("maxUnavailable", "maxSurge")
    ),
    *(
        Row(
            kind,
            f"{at}/rollingUpdate",
            [
                {"maxUnavailable": a, "maxSurge": b}
                for a in (0, 1, "0%", "1%", "x")
                for b in (0, 1, "0%", "x")
            ],
        )
        for kind, at in _STRATEGIES.items()
        if kind != "StatefulSet"
    ),
    Row("StatefulSet", "/spec/updateStrategy/rollingUpdate/partition", SIGNS),
    Row("StatefulSet", "/spec/podManagementPolicy", ("", "x", "OrderedReady", "Parallel")),
    *(
        Row(
            "StatefulSet",
            f"/spec/persistentVolumeClaimRetentionPolicy/{field}",
            ("", "x", "Retain", "Delete"),
        )
        for field in ("whenDeleted", "whenScaled")
    ),
    Row("StatefulSet", "/spec/ordinals/start", SIGNS),
    Row("StatefulSet", "/spec/serviceName", LABELS),
    Row("StatefulSet", "/spec/template/spec/hostname", ("A", "a")),
    Row(
        "StatefulSet",
        "/spec/template/spec/containers/0/volumeMounts",
        [[{"name": name, "mountPath": "/a"}] for name in ("data", "x")],
    ),
    Row(
        "StatefulSet",
        "/spec/template/spec/volumes",
        ([{"name": "data", "hostPath": {"path": ""}}], [{"name": "x", "hostPath": {"path": ""}}]),
    ),
    Row("StatefulSet", "/spec/volumeClaimTemplates", (None, [{"metadata": {"name": "A"}}])),
)
"""Workloads that run on."""

_RULE = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}
_CODES = (
    *({"operator": operator, "values": [1]} for operator in ("In", "NotIn", "x", "")),
    *(
        {"operator": "In", "values": values}
        for values in ([], [0], [1, 2], [2, 1], [1, 1], [2, 0, 1], list(range(1, 256)), list(range(1, 257)))
    ),
    {"operator": "NotIn", "values": [0]},
    *({"operator": "In", "values": [1], "containerName": name} for name in ("a", "x", "")),
)
_RULES = (
    {},
    *({**_RULE, "action": action} for action in ("Ignore", "Count", "FailJob", "FailIndex", "x", "")),
    {"action": "Ignore"},
    *({"action": "Ignore", "onExitCodes": codes} for codes in _CODES),
    {**_RULE, "onPodConditions": [{"type": "A"}]},
    *(
        {"action": "Ignore", "onPodConditions": [{"type": "A"}, {"type": key, "status": "True"}]}
        for key in KEYS
    ),
    *(
        {"action": "Ignore", "onPodConditions": [{"type": "A", "status": status}]}
        for status in ("True", "False", "Unknown", "x", "")
    ),
    *({"action": "Ignore", "onPodConditions": [{"type": "A"}] * count} for count in (20, 21)),
)
_INDEXES = (
    *(
        "",
        "0",
        "4",
        "5",
        "0-1",
        "1-0",
        "1-1",
        "0-4",
        "0-5",
        "0,1",
        "1,0",
        "0,0",
        "0-1,1",
        "0-1,2",
        "0-1-2",
        "x",
        "0,x",
        "-1",
        "+1",
        "0,",
    ),
    *("0-", "00", "1 ", "0-1,3-4", "3-4,0-1"),
)
_NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)

JOBS = (
    *_rows("Job", dict.fromkeys(_NUMBERS, SIGNS)),
    *_rows("Job indexed", dict.fromkeys(_NUMBERS, SIGNS)),
    *_rows("Job", {"completionMode": ("", "x", "Indexed", "NonIndexed")}),
    *_rows("Job", {"completions": (None, 1)}, completionMode="Indexed"),
    *_rows(
        "Job indexed", {"parallelism": (99_999, 100_000, 100_001), "completions": (None, 0, 100_000, 100_001)}
    ),
    *_rows(
        "Job indexed",
        {"maxFailedIndexes": (-1, 0, 4, 5, 6, 100_000, 100_001), "podReplacementPolicy": ("Failed",)},
        backoffLimitPerIndex=1,
    ),
    *_rows(
        "Job indexed",
        {
            "maxFailedIndexes": (None, 9_999, 10_000, 10_001, 100_000, 100_001),
            "parallelism": (9_999, 10_000, 10_001),
        },
        backoffLimitPerIndex=1,
        completions=100_001,
    ),
    *_rows(
        "Job indexed",
        {"maxFailedIndexes": (None, 10_001), "parallelism": (10_001,)},
        backoffLimitPerIndex=1,
        completions=100_000,
    ),
    *(
        Row("Job indexed", "/metadata/name", ("a" * 60, "a" * 61, "a" * 62), {"/spec/completions": count})
        for count in (1, 10, 11)
    ),
    *(
        Row("Job", "/metadata/name", ("a" * 61, "a" * 63, "a" * 64, "a.b"), {"/spec/completions": 11})
        for _ in "x"
    ),
    *_rows(
        "Job",
        {
            "managedBy": (
                *(
                    "",
                    "x",
                    "x.io/",
                    "/y",
                    "x.io/y",
                    "x.io/y/z",
                    "A/y",
                    "x.io/ä",
                    "x.io/y z",
                    "kubernetes.io/job-controller",
                ),
                *(f"x.io/{'a' * 58}", f"x.io/{'a' * 59}"),
            ),
            "podReplacementPolicy": ("", "x", "Failed", "TerminatingOrFailed"),
            "selector": _SELECTORS,
            "manualSelector": (True, False),
            "template/metadata/labels": (
                *(
                    {key: "x"}
                    for key in (
                        "controller-uid",
                        "job-name",
                        "batch.kubernetes.io/controller-uid",
                        "batch.kubernetes.io/job-name",
                    )
                ),
                {"job-name": "job"},
            ),
        },
    ),
    *_rows(
        "Job",
        {
            "selector": (*_SELECTORS, {"matchLabels": {"app": "x"}}),
            "template/metadata/labels": (None, {"a": "b"}),
        },
        manualSelector=True,
    ),
    *_rows(
        "Job",
        {"podReplacementPolicy": ("x", "Failed", "TerminatingOrFailed")},
        podFailurePolicy={"rules": [_RULE]},
    ),
    *_rows("Job", {"podFailurePolicy": [{"rules": [_RULE, rule]} for rule in _RULES]}),
    *_rows(
        "Job", {"podFailurePolicy": ({}, {"rules": []}, {"rules": [_RULE] * 20}, {"rules": [_RULE] * 21})}
    ),
    *_rows(
        "Job",
        {
            "podFailurePolicy": [
                {
                    "rules": [
                        {
                            "action": "Ignore",
                            "onExitCodes": {"operator": "In", "values": [1], "containerName": "i"},
                        }
                    ]
                }
            ]
        },
        **{"template/spec/initContainers": [{"name": "i", "image": "i"}]},
    ),
    *_rows(
        "Job indexed",
        {"podFailurePolicy": [{"rules": [{**_RULE, "action": action}]} for action in ("FailIndex", "x")]},
        backoffLimitPerIndex=1,
    ),
    *_rows(
        "Job", {"podFailurePolicy": ({"rules": [_RULE]},)}, **{"template/spec/restartPolicy": "OnFailure"}
    ),
    *_rows("Job", {"successPolicy": ({"rules": [{"succeededCount": 1}]},)}),
    *_rows(
        "Job indexed",
        {
            "successPolicy": [
                {},
                {"rules": []},
                {"rules": [{"succeededCount": 1}, {}]},
                *({"rules": [{"succeededCount": 1}] * count} for count in (20, 21)),
                *({"rules": [{"succeededIndexes": text}]} for text in _INDEXES),
                *({"rules": [{"succeededCount": count}]} for count in (-1, 0, 1, 5, 6)),
                *(
                    {"rules": [{"succeededCount": count, "succeededIndexes": "0-1,3"}]}
                    for count in (2, 3, 4, 6)
                ),
                *({"rules": [{"succeededIndexes": f"0,{'0' * size}1"}]} for size in (65533, 65534)),
            ]
        },
    ),
)
"""Jobs."""

_SCHEDULES = (
    *(
        "",
        " ",
        "* * * * *",
        "* * * *",
        "* * * * * *",
        "@daily",
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@midnight",
    ),
    *(
        "@hourly",
        "@never",
        "@",
        "@every 1h",
        "@every 1h30m",
        "@every -1.5h",
        "@every +1s",
        "@every 0",
        "@every",
        "@every ",
        "@every 1",
    ),
    *(
        "@every x",
        "@every 1x",
        "@every .s",
        "@every 1.s",
        "@every .5s",
        "@every 1us",
        "@every 1µs",
        "@every 1ns",
        "@every 1ms1m",
        "@every -",
    ),
    *(
        "59 23 31 12 6",
        "60 * * * *",
        "* 24 * * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 7",
        "0 0 1 1 0",
        "* * 0 * *",
        "* * * 0 *",
    ),
    *(
        "1-5 * * * *",
        "5-1 * * * *",
        "5-5 * * * *",
        "1-2-3 * * * *",
        "*/5 * * * *",
        "*/0 * * * *",
        "*/1/2 * * * *",
        "5/2 * * * *",
    ),
    *(
        "60/2 * * * *",
        "1-60/2 * * * *",
        "*/x * * * *",
        "a * * * *",
        "-1 * * * *",
        "1- * * * *",
        "+1 * * * *",
        "1,2 * * * *",
        ", * * * *",
    ),
    *(
        "1,60 * * * *",
        "* * * jan mon",
        "* * * JAN-DEC SUN-sat",
        "* * * x *",
        "* * * * x",
        "jan * * * *",
        "? * * * *",
        "*-5 * * * *",
    ),
    *(
        "99999999999999999999 * * * *",
        "9223372036854775807 * * * *",
        "9223372036854775808 * * * *",
        " * * * * * ",
        "*/-1 * * * *",
    ),
    *(
        "TZ=UTC * * * * *",
        "CRON_TZ=UTC * * * * *",
        "TZ=x * * * * *",
        "TZ=UTC",
        "CRON_TZ=UTC",
        "TZ= * * * * *",
        "TZ=../x * * * * *",
    ),
    *(
        "TZ=Local * * * * *",
        "TZ=UTC * * * *",
        "TZ=UTC @daily",
        "* * * * TZ",
        "TZ=/x * * * * *",
        "CRON_TZ=Europe/Berlin  1 * * * *",
        "\u00b9 * * * *",
    ),
)
_ZONES = (
    *(
        "",
        "UTC",
        "Europe/Berlin",
        "Local",
        "local",
        "LOCAL",
        "Nowhere/City",
        "../x",
        "a b",
        "-x",
        "Etc/-x",
        "a/../b",
        "./a",
        "/UTC",
        "a\\b",
    ),
    *("a" * 14, "a" * 15, "Etc/GMT+1", "utc", "America/Argentina/Buenos_Aires", ".", "Europe/"),
)

CRON_JOBS = (
    *_rows(
        "CronJob",
        {
            "schedule": _SCHEDULES,
            "timeZone": _ZONES,
            "concurrencyPolicy": ("", "x", "Allow", "Forbid", "Replace"),
            **dict.fromkeys(
                ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"), SIGNS
            ),
            "jobTemplate/spec/selector": ({}, {"matchLabels": {"app": "x"}}),
            "jobTemplate/spec/manualSelector": (True, False),
            "jobTemplate/spec/completionMode": ("Indexed", "x"),
            "jobTemplate/spec/backoffLimit": SIGNS,
            "jobTemplate/spec/parallelism": (-1, 100_001),
            "jobTemplate/metadata/labels": ({"-a": "b"},),
        },
    ),
    *_rows("CronJob", {"schedule": ("TZ=UTC * * * * *", "TZ=UTC", "* * * * *")}, timeZone="UTC"),
    *_rows(
        "CronJob",
        {"jobTemplate/spec/parallelism": (100_000, 100_001)},
        **{"jobTemplate/spec/completionMode": "Indexed", "jobTemplate/spec/completions": 3},
    ),
)
"""CronJobs."""

_TEXTS = TEXTS[:3]
LABELLED = tuple(
    Row(kind, "/metadata/labels", [{"a": text} for text in _TEXTS])
    for kind in ("Deployment", "ConfigMap", "Service")
)
"""Labels of workloads."""
