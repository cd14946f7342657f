"""The validation of updates of one part of a pod: its resources, and its ephemeral containers."""

from typing import Any

import pytest

from rbacpsp.admission.validation.pods.parts import pod_part_refusal
from rbacpsp.model import Version

JSON = dict[str, Any]
NEWEST = Version(1, 37)
QUALITY = 'Pod "p" is invalid: spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'
RESTART = "memory limits cannot be added unless resizePolicy is RestartContainer"


def pod_with_resources(resources: JSON, *, kind: str = "containers", policy: Any = (), **spec: Any) -> JSON:
    def container(name: str, **fields: Any) -> JSON:
        fixed = {"image": "i", "terminationMessagePolicy": "File", "imagePullPolicy": "Always"}
        return {"name": name, **fixed, **fields}

    changed = container("b", resources=resources, resizePolicy=list(policy))
    plain = {"requests": {"cpu": "1"}}
    containers = [container("a", resources=plain), *([changed] if kind == "containers" else [])]
    init = [container("i", resources=plain), changed] if kind == "initContainers" else []
    fixed = {"restartPolicy": "Always", "dnsPolicy": "Default", "terminationGracePeriodSeconds": 30}
    whole = {**fixed, "containers": containers, **({"initContainers": init} if init else {}), **spec}
    return {"metadata": {"name": "p", "namespace": "n"}, "spec": whole}


def resized(old: JSON, new: JSON, **more: Any) -> str | None:
    return pod_part_refusal(
        pod_with_resources(new, **more), pod_with_resources(old, **more), "resize", NEWEST
    )


@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_memory_limits_are_added_only_where_the_container_is_restarted(kind: str) -> None:
    where = f'Pod "p" is invalid: spec.{kind}[1].resources.limits[memory]: Forbidden: {RESTART}'
    cpu, both = {"limits": {"cpu": "1"}}, {"limits": {"cpu": "1", "memory": "1Gi"}}
    assert resized(cpu, both, kind=kind) == where
    assert resized({}, both, kind=kind) == where
    assert resized(both, both, kind=kind) is None
    assert resized(both, {"limits": {"cpu": "2", "memory": "2Gi"}}, kind=kind) is None
    assert resized(both, cpu, kind=kind) is None
    assert resized(cpu, {"limits": {"cpu": "2"}}, kind=kind) is None


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        ({"resourceName": "memory", "restartPolicy": "RestartContainer"}, False),
        ({"resourceName": "memory", "restartPolicy": "NotRequired"}, True),
        ({"resourceName": "cpu", "restartPolicy": "RestartContainer"}, True),
    ],
)
def test_the_policy_of_memory_decides(policy: JSON, refused: bool) -> None:
    message = resized({"limits": {"cpu": "1"}}, {"limits": {"cpu": "1", "memory": "1"}}, policy=[policy])
    assert (message is not None) is refused


def test_a_resize_keeps_the_quality_of_service() -> None:
    old = pod_with_resources({"requests": {"cpu": "1"}})
    new = pod_with_resources({"requests": {"cpu": "1"}})
    for container in new["spec"]["containers"]:
        container["resources"] = {}
    assert pod_part_refusal(new, old, "resize", NEWEST) == QUALITY
    assert pod_part_refusal(new, old, "ephemeralcontainers", NEWEST) is None
    assert pod_part_refusal(old, old, "resize", NEWEST) is None
    assert pod_part_refusal(new, None, "resize", NEWEST) is None


def test_a_windows_pod_is_not_resized() -> None:
    words = 'Pod "p" is invalid: []: Forbidden: windows pods cannot be resized'
    assert resized({}, {"requests": {"cpu": "2"}}, os={"name": "windows"}) == words
    assert resized({}, {"requests": {"cpu": "2"}}, os={"name": "linux"}) is None


@pytest.mark.parametrize("subresource", ["resize", "ephemeralcontainers", "", "status"])
def test_every_part_is_validated(subresource: str) -> None:
    wrong = pod_with_resources({}, hostname="A")
    for old in (None, pod_with_resources({}, hostname="A")):
        assert 'spec.hostname: Invalid value: "A"' in (
            pod_part_refusal(wrong, old, subresource, NEWEST) or ""
        )


def test_another_part_may_not_change_the_rest() -> None:
    other = pod_with_resources({}, hostname="b")
    assert "pod updates may not change fields" in (
        pod_part_refusal(other, pod_with_resources({}), "", NEWEST) or ""
    )
    assert pod_part_refusal(other, pod_with_resources({}), "ephemeralcontainers", NEWEST) is None
    assert pod_part_refusal(other, None, "", NEWEST) is None
