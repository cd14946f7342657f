"""Tests the formats in which clouds and log shippers wrap events.

There is no cloud here: the fixtures are made by hand after the documents that each module names, around
events as a real API server writes them.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.auditlog.authorizations import AuthorizationRequest, asked
from rbacpsp.auditlog.formats.azure import NO_READS
from rbacpsp.auditlog.formats.google import NO_GROUPS
from rbacpsp.auditlog.reading import Reader
from tests.auditlog.events import event, lines, pods, read

EVENTS = [event(ref=pods(f"p{number}")) for number in range(4)]
TEXTS = [json.dumps(each) for each in EVENTS]
STREAM = "kube-apiserver-audit-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER = "kube-scheduler-0f1e2d3c4b5a69788796a5b4c3d2e1f0"


def log_events(texts: list[str], **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": str(number), "timestamp": 1793527200000 + number, "message": text, **more}
        for number, text in enumerate(texts)
    ]


def batch(texts: list[str], stream: str = STREAM) -> dict[str, Any]:
    """A record of a CloudWatch subscription."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "/aws/eks/prod/cluster",
        "logStream": stream,
        "subscriptionFilters": ["all"],
        "logEvents": log_events(texts),
    }


def record(text: str, category: str = "kube-audit") -> dict[str, Any]:
    """A record of an Azure resource log."""
    return {
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "category": category,
        "ccpNamespace": "5f0d1e2c3b4a",
        "resourceId": "/SUBSCRIPTIONS/0/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.CONTAINERSERVICE/PROD",
        "properties": {"log": text, "stream": "stdout", "pod": "kube-apiserver-5b6c7d8e9f-abcde"},
        "time": "2026-11-01T10:00:00.0000000Z",
    }


CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "logEvents": log_events(["CWL CONTROL MESSAGE: Checking health"]),
}
FORMS: dict[str, bytes] = {
    "EKS, a subscription in S3, without line ends": "".join(
        map(json.dumps, (CONTROL, batch(TEXTS[:2]), batch(["I1101 scheduler.go:1"], OTHER), batch(TEXTS[2:])))
    ).encode(),
    "EKS, a subscription, a line each": "\n".join(
        map(json.dumps, (batch(TEXTS[:1]), batch(TEXTS[1:])))
    ).encode(),
    "EKS, filter-log-events": json.dumps(
        {
            "events": [
                *log_events(TEXTS, logStreamName=STREAM, ingestionTime=1),
                *log_events(["I1101 not an event"], logStreamName=OTHER),
            ],
            "searchedLogStreams": [],
        },
        indent=4,
    ).encode(),
    "EKS, get-query-results": json.dumps(
        {
            "results": [
                [{"field": "@logStream", "value": STREAM}, {"field": "@message", "value": text}]
                for text in TEXTS
            ],
            "status": "Complete",
        }
    ).encode(),
    "EKS, an export of Logs Insights": json.dumps(
        [{"@timestamp": "2026-11-01 10:00:00.000", "@message": each} for each in EVENTS], indent=1
    ).encode(),
    "AKS, an event hub": json.dumps(
        {"records": [*map(record, TEXTS), record("I1101", "kube-scheduler")]}
    ).encode(),
    "AKS, a storage account": "\n".join(json.dumps(record(text)) for text in TEXTS).encode(),
    "AKS, Log Analytics": json.dumps([{"Category": "kube-audit", "log_s": text} for text in TEXTS]).encode(),
    "Fluent Bit": "\n".join(json.dumps({"stream": "stdout", "log": text + "\n"}) for text in TEXTS).encode(),
    "Vector": "\n".join(json.dumps({"host": "a", "message": text}) for text in TEXTS).encode(),
    "Splunk": "\n".join(json.dumps({"_time": "1", "_raw": text}) for text in TEXTS).encode(),
    "OpenShift": lines(
        each | {"annotations": each["annotations"] | {"openshift.io/x": "y"}} for each in EVENTS
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_events_within_are_the_same(tmp_path: Path, form: str) -> None:
    reader = read(tmp_path, FORMS[form])
    native = read(tmp_path, lines(EVENTS))
    assert reader.record.decisions.keys() == native.record.decisions.keys()
    assert (reader.record.requests, reader.damaged, reader.places, dict(reader.notes)) == (4, 0, [], {})


def test_a_stream_of_eks_is_a_server(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(batch(TEXTS)).encode()).record.timeline.servers == (STREAM,)


def test_damaged_events_are_counted(tmp_path: Path) -> None:
    reader = read(tmp_path, json.dumps(batch([*TEXTS, TEXTS[0][:40]])).encode())
    assert (reader.record.requests, reader.damaged) == (4, 1)


def test_a_note_says_that_kube_audit_admin_of_aks_lacks_reads(tmp_path: Path) -> None:
    data = json.dumps({"records": [record(TEXTS[0], "kube-audit-admin")]}).encode()
    assert [*read(tmp_path, data).notes] == [NO_READS]


def entry(method: str, resource: str, principal: str, **more: Any) -> dict[str, Any]:
    """An entry of Cloud Logging."""
    return {
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": principal},
            "authorizationInfo": [{"granted": True, "permission": method, "resource": resource}],
            "methodName": method,
            "resourceName": resource,
            "serviceName": "k8s.io",
            "status": {"code": 0},
        },
        "insertId": f"{method}{resource}",
        "resource": {"type": "k8s_cluster", "labels": {"cluster_name": "prod"}},
        "timestamp": "2026-11-01T10:00:00.123456Z",
        "labels": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
        "logName": "projects/p/logs/cloudaudit.googleapis.com%2Fdata_access",
    } | more


GROUPS = ("system:authenticated",)
ACCOUNT = "system:serviceaccount:shop:web"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            entry("io.k8s.core.v1.pods.list", "core/v1/namespaces/shop/pods", "uma@example.com"),
            AuthorizationRequest("uma@example.com", GROUPS, "list", "", "pods", "", "shop"),
        ),
        (
            entry("io.k8s.core.v1.pods.create", "core/v1/namespaces/shop/pods/web", "uma@example.com"),
            AuthorizationRequest("uma@example.com", GROUPS, "create", "", "pods", "", "shop"),
        ),
        (
            entry(
                "io.k8s.apps.v1.deployments.scale.update",
                "apps/v1/namespaces/shop/deployments/web/scale",
                ACCOUNT,
            ),
            AuthorizationRequest(
                ACCOUNT,
                ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
                "update",
                "apps",
                "deployments",
                "scale",
                "shop",
                "web",
            ),
        ),
        (
            entry(
                "io.k8s.authorization.rbac.v1.clusterroles.get",
                "rbac.authorization.k8s.io/v1/clusterroles/view",
                "uma@example.com",
            ),
            AuthorizationRequest(
                "uma@example.com", GROUPS, "get", "rbac.authorization.k8s.io", "clusterroles", name="view"
            ),
        ),
        (
            entry("io.k8s.core.v1.namespaces.get", "core/v1/namespaces/shop", "uma@example.com"),
            AuthorizationRequest("uma@example.com", GROUPS, "get", "", "namespaces", "", "shop", "shop"),
        ),
        (
            entry("io.k8s.get", "healthz", "uma@example.com"),
            AuthorizationRequest("uma@example.com", GROUPS, "get", path="/healthz"),
        ),
    ],
)
def test_a_note_says_that_gke_entries_lack_groups(
    tmp_path: Path, given: dict[str, Any], expected: AuthorizationRequest
) -> None:
    reader: Reader = read(tmp_path, json.dumps([given], indent=2).encode())
    assert [asked(key) for key, _, _ in reader.record.decisions] == [expected]
    assert [*reader.notes] == [NO_GROUPS]


def test_a_refusal_and_the_two_halves_of_a_watch_of_gke_are_distinguished(tmp_path: Path) -> None:
    refused = {"labels": {"authorization.k8s.io/decision": "forbid"}}
    watch = ("io.k8s.core.v1.pods.watch", "core/v1/namespaces/shop/pods", "uma@example.com")
    entries = [
        entry(
            "io.k8s.core.v1.secrets.get", "core/v1/namespaces/shop/secrets/a", "uma@example.com", **refused
        ),
        entry(*watch, operation={"id": "w", "first": True}),
        entry(*watch, operation={"id": "w", "last": True}),
    ]
    record = read(tmp_path, "\n".join(map(json.dumps, entries)).encode()).record
    assert (record.requests, record.allowed, record.duplicates) == (2, 1, 0)
