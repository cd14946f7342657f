"""Tests the complete messages of servers about one mistake of each kind, in both recorded releases."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.testing import ClusterBuilder

JSONObject = dict[str, Any]

TEMPLATE: JSONObject = {
    "metadata": {"labels": {"app": "x"}},
    "spec": {"containers": [{"name": "app", "image": "i"}]},
}


def cluster(version: str) -> Cluster:
    builder = ClusterBuilder().namespace("default").service_account("default", "default")
    return builder.build(kubernetes_version=version)


@pytest.fixture(scope="module")
def old() -> Cluster:
    return cluster("1.24")


@pytest.fixture(scope="module")
def new() -> Cluster:
    return cluster("1.37")


def pod_named_x(**spec: Any) -> JSONObject:
    made: JSONObject = {"containers": [{"name": "app", "image": "i"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": made}


def with_container(**fields: Any) -> JSONObject:
    return pod_named_x(containers=[{"name": "app", "image": "i", **fields}])


def apps(kind: str, **spec: Any) -> JSONObject:
    given = {"selector": {"matchLabels": {"app": "x"}}, "template": TEMPLATE, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x"}, "spec": given}


def service_named_x(**spec: Any) -> JSONObject:
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    return {**made, "spec": {"ports": [{"port": 80}], **spec}}


def cron_job(**spec: Any) -> JSONObject:
    inner = {"spec": {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}}
    made = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"}}
    return {**made, "spec": {"schedule": "* * * * *", "jobTemplate": inner, **spec}}


VALID: list[JSONObject] = [
    pod_named_x(),
    apps("Deployment"),
    apps("StatefulSet", serviceName="x"),
    apps("DaemonSet"),
    service_named_x(),
    cron_job(),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a.b": "c"}},
]


@pytest.mark.parametrize("obj", VALID, ids=lambda obj: obj["kind"])
def test_an_object_without_a_mistake_is_valid(obj: JSONObject, old: Cluster, new: Cluster) -> None:
    assert [old.submit(obj).message, new.submit(obj).message] == [None, None]


WRONG: list[tuple[JSONObject, str]] = [
    (
        with_container(ports=[{"containerPort": 65536}]),
        (
            'Pod "x" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 65536: must '
            "be between 1 and "
            "65535, inclusive"
        ),
    ),
    (
        with_container(livenessProbe={"periodSeconds": 5}),
        'Pod "x" is invalid: spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ),
    (
        with_container(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
        'Pod "x" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ),
    (
        with_container(resources={"requests": {"gpu": "1"}, "limits": {"gpu": "1"}}),
        (
            'Pod "x" is invalid: [spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must '
            "be a standard "
            "resource type or fully qualified, spec.containers[0].resources.limits[gpu]: Invalid value: "
            '"gpu": must be a standard resource for containers, '
            "spec.containers[0].resources.requests[gpu]: Invalid value: "
            '"gpu": must be a standard resource type or fully qualified, '
            "spec.containers[0].resources.requests[gpu]: "
            'Invalid value: "gpu": must be a standard resource for containers]'
        ),
    ),
    (
        cron_job(schedule="61 * * * *"),
        (
            'CronJob.batch "x" is invalid: spec.schedule: Invalid value: "61 * * * *": end of range '
            "(61) above maximum "
            "(59): 61"
        ),
    ),
    (
        service_named_x(type="NodePort", ports=[{"port": 80, "nodePort": 80}]),
        (
            'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in '
            "the valid range. "
            "The range of valid ports is 30000-32767"
        ),
    ),
    (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a/b": "c"}},
        (
            'ConfigMap "x" is invalid: data[a/b]: Invalid value: "a/b": a valid config key must consist '
            "of alphanumeric "
            "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used "
            "for validation is "
            "'[-._a-zA-Z0-9]+')"
        ),
    ),
    (
        apps("DaemonSet", selector={"matchLabels": {"app": "y"}}),
        (
            'DaemonSet.apps "x" is invalid: spec.template.metadata.labels: Invalid value: '
            'map[string]string{"app":"x"}: `selector` does not match template `labels`'
        ),
    ),
]


@pytest.mark.parametrize(("obj", "message"), WRONG)
def test_each_mistake_is_reported_in_the_words_of_1_24(obj: JSONObject, message: str, old: Cluster) -> None:
    submission = old.submit(obj)
    assert (submission.refused_by, submission.message) == ("validation", message)


def test_a_deployment_keeps_its_selector(old: Cluster, new: Cluster) -> None:
    stored = apps("Deployment")
    other = {"metadata": {"labels": {"app": "y"}}, "spec": TEMPLATE["spec"]}
    changed = apps("Deployment", selector={"matchLabels": {"app": "y"}}, template=other)
    for each in (old, new):
        submission = each.submit(changed, operation="UPDATE", old=stored)
        assert submission.message is not None
        assert "spec.selector: Invalid value: " in submission.message
        assert submission.message.endswith(": field is immutable")


def test_a_service_that_becomes_an_external_name_loses_its_address_and_ports(old: Cluster) -> None:
    stored = service_named_x(type="NodePort", clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"])
    stored["spec"] |= {"ports": [{"port": 80, "nodePort": 30001}], "externalTrafficPolicy": "Cluster"}
    changed = {**stored, "spec": {**stored["spec"], "type": "ExternalName", "externalName": "x.example.com"}}
    assert old.submit(changed, operation="UPDATE", old=stored).message is None
