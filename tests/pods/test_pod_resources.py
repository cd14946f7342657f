"""Tests the defaults of resources at the level of the pod."""

from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.pod_resources import default_pod_resources, largest_sum, quality_of_service

JSONObject = dict[str, Any]


def container(name: str, *, stays: bool = False, **resources: JSONObject) -> JSONObject:
    made: JSONObject = {"name": name, "image": "i:1", "resources": resources}
    return made | ({"restartPolicy": "Always"} if stays else {})


SPEC: JSONObject = {
    "initContainers": [
        container("before", requests={"cpu": "2"}),
        container("beside", requests={"cpu": "500m"}, stays=True),
    ],
    "containers": [
        container("a", requests={"cpu": "1", "memory": "1Gi"}, limits={"hugepages-2Mi": "4Mi"}),
        container("b", requests={"cpu": "300m"}),
    ],
}


@pytest.mark.parametrize(
    ("kind", "name", "amount"), [("requests", "cpu", "2"), ("limits", "hugepages-2Mi", "4194304")]
)
def test_the_sum_of_containers_is_the_largest_amount_at_any_time(kind: str, name: str, amount: str) -> None:
    result = largest_sum(SPEC, kind, name)
    assert result is not None
    assert str(int(result[0])) == amount


def test_resources_that_no_container_names_are_absent() -> None:
    assert largest_sum(SPEC, "limits", "cpu") is None


def test_requests_are_those_of_the_containers_or_else_the_limits() -> None:
    spec = {**SPEC, "resources": {"limits": {"cpu": "4", "memory": "2Gi"}}}
    default_pod_resources(spec)
    assert spec["resources"] == {
        "limits": {"cpu": "4", "memory": "2Gi", "hugepages-2Mi": "4Mi"},
        "requests": {"cpu": "2", "memory": "1Gi", "hugepages-2Mi": "4Mi"},
    }


@pytest.mark.parametrize("resources", [None, {}, {"limits": {}}])
def test_a_pod_without_pod_level_resources_is_not_changed(resources: JSONObject | None) -> None:
    spec = SPEC if resources is None else {**SPEC, "resources": resources}
    before = dict(spec)
    default_pod_resources(spec)
    assert spec == before


@pytest.mark.parametrize(("version", "requests"), [(Version(1, 33), None), (Version(1, 34), {"cpu": "1"})])
def test_a_pod_gets_default_requests_since_1_34(version: Version, requests: JSONObject | None) -> None:
    pod = {"spec": {"containers": [{"name": "a", "image": "i:1"}], "resources": {"limits": {"cpu": "1"}}}}
    assert set_defaults("Pod", pod, version)["spec"].get("resources", {}).get("requests") == requests


@pytest.mark.parametrize(
    ("resources", "kind"),
    [
        ([{}], "BestEffort"),
        ([{"requests": {"cpu": "0"}}], "BestEffort"),
        ([{"requests": {"cpu": "1"}}, {}], "Burstable"),
        (
            [{"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}],
            "Guaranteed",
        ),
        ([{"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}], "Burstable"),
    ],
)
def test_the_quality_of_service_is_that_of_all_containers(resources: list[JSONObject], kind: str) -> None:
    assert quality_of_service({"containers": [{"resources": resource} for resource in resources]}) == kind
