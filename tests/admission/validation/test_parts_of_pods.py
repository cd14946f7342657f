"""Tests the validation of updates of a pod's resources and ephemeral containers."""

from typing import Any

import pytest

from rbacpsp.admission.validation.pods.parts import pod_part_refusal
from rbacpsp.admission.validation.pods.pod import whole_pod_refusal
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
def test_the_resize_policy_of_memory_decides(policy: JSON, refused: bool) -> None:
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


def test_an_update_of_one_part_may_not_change_another() -> None:
    other = pod_with_resources({}, hostname="b")
    assert "pod updates may not change fields" in (
        pod_part_refusal(other, pod_with_resources({}), "", NEWEST) or ""
    )
    assert pod_part_refusal(other, pod_with_resources({}), "ephemeralcontainers", NEWEST) is None
    assert pod_part_refusal(other, None, "", NEWEST) is None


def created(spec: JSON) -> str | None:
    plain = pod_with_resources({})
    return whole_pod_refusal({**plain, "spec": {**plain["spec"], **spec}}, NEWEST)


def test_a_pod_without_an_account_may_not_have_a_token_of_one() -> None:
    """ValidatePodCreate of pkg/apis/core/validation/validation.go, 1.24."""
    sources = [
        {"configMap": {"name": "c"}},
        {"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}},
    ]
    volumes = [{"name": "v", "emptyDir": {}}, {"name": "w", "projected": {"sources": sources}}]
    assert created({"volumes": volumes, "serviceAccountName": "default"}) is None
    assert created({"volumes": volumes}) == (
        'Pod "p" is invalid: spec.volumes[1].projected.sources[1].serviceAccountToken: Forbidden: must not '
        "be specified when serviceAccountName is not set"
    )


NEEDED = "requiredDuringSchedulingIgnoredDuringExecution"


def terms(*keys: str) -> JSON:
    """A node affinity: a term for each text, with a requirement for each of its letters."""
    made = [{"matchExpressions": [{"key": key, "operator": "Exists"} for key in text]} for text in keys]
    return {"nodeAffinity": {NEEDED: {"nodeSelectorTerms": made}}}


def near(zone: str) -> JSON:
    return {"podAffinity": {NEEDED: [{"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": zone}]}}


def changed(old: JSON | None, new: JSON | None, *gates: str, version: Version = NEWEST) -> str | None:
    """The answer to another affinity of a pod."""

    def held(affinity: JSON | None) -> JSON:
        fixed: JSON = {"schedulingGates": [{"name": gate} for gate in gates]} if gates else {}
        return pod_with_resources({}, **fixed | ({} if affinity is None else {"affinity": affinity}))

    return pod_part_refusal(held(new), held(old), "", version)


FIXED = "pod updates may not change fields"


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (terms("a") | near("z"), terms("ab") | near("z"), False),
        (terms("a"), terms("ab"), False),
        (near("z"), terms("a") | near("z"), False),
        (None, terms("a"), False),
        (terms("a") | near("z"), terms("a") | near("y"), True),
        (terms("a") | near("z"), terms("ab") | near("y"), True),
        (None, terms("a") | near("z"), True),
    ],
)
def test_only_the_node_affinity_may_change_and_only_while_the_pod_has_scheduling_gates(
    old: JSON | None, new: JSON | None, refused: bool
) -> None:
    """ValidatePodUpdate of pkg/apis/core/validation/validation.go, 1.27 and 1.37."""
    assert (FIXED in (changed(old, new, "a") or "")) is refused
    assert FIXED in (changed(old, new) or "")
    assert changed(new, new, "a") is changed(new, new) is None


PLACE = f"spec.affinity.nodeAffinity.{NEEDED}.nodeSelectorTerms"
NUMBER = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
ADDS = "only additions are allowed (no mutations or deletions)"
A_TERM = '{"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}'
A_GO_TERM = (
    "core.NodeSelectorTerm{MatchExpressions:[]core.NodeSelectorRequirement{core.NodeSelectorRequirement{"
    'Key:"b", Operator:"Exists", Values:[]string(nil)}}, MatchFields:[]core.NodeSelectorRequirement(nil)}'
)


@pytest.mark.parametrize(
    ("old", "new", "version", "words"),
    [
        (terms("a"), terms("b"), NEWEST, f"{PLACE}[0]: Invalid value: {A_TERM}: {ADDS}"),
        (terms("a", "cd"), terms("ab", "b"), NEWEST, f"{PLACE}[1]: Invalid value: {A_TERM}: {ADDS}"),
        (terms("a", "b"), terms("b"), NEWEST, f"{PLACE}: Invalid value: [{A_TERM}]: {NUMBER}"),
        (terms("a"), None, NEWEST, f"{PLACE}: Invalid value: null: {NUMBER}"),
        (terms("b"), terms("b", "b"), NEWEST, f"{PLACE}: Invalid value: [{A_TERM},{A_TERM}]: {NUMBER}"),
        (terms("a"), terms("b"), Version(1, 34), f"{PLACE}[0]: Invalid value: {A_TERM}: {ADDS}"),
        (terms("a"), terms("b"), Version(1, 33), f"{PLACE}[0]: Invalid value: {A_GO_TERM}: {ADDS}"),
        (
            *(terms("a", "b"), terms("b"), Version(1, 33)),
            f"{PLACE}: Invalid value: []core.NodeSelectorTerm{{{A_GO_TERM}}}: {NUMBER}",
        ),
        (terms("a"), None, Version(1, 33), f"{PLACE}: Invalid value: []core.NodeSelectorTerm(nil): {NUMBER}"),
    ],
)
def test_required_terms_only_gain_requirements(
    old: JSON, new: JSON | None, version: Version, words: str
) -> None:
    """Rules of validateNodeAffinityMutation, pkg/apis/core/validation/validation.go, 1.27 and 1.37."""
    assert changed(old, new, "a", version=version) == f'Pod "p" is invalid: {words}'


def test_requirements_of_fields_stay_too() -> None:
    def fields(*names: str) -> JSON:
        match_fields = [{"key": "metadata.name", "operator": "In", "values": [name]} for name in names]
        return {"nodeAffinity": {NEEDED: {"nodeSelectorTerms": [{"matchFields": match_fields}]}}}

    assert changed(fields("a"), fields("a"), "a") is None
    assert ADDS in (changed(fields("a"), fields("b"), "a") or "")


def test_the_values_of_a_required_term_are_shown() -> None:
    def chosen(*values: str) -> JSON:
        listed = [{"key": "a", "operator": "In", "values": [*values]}]
        return {"nodeAffinity": {NEEDED: {"nodeSelectorTerms": [{"matchExpressions": listed}]}}}

    words = '{"MatchExpressions":[{"Key":"a","Operator":"In","Values":["y","z"]}],"MatchFields":null}'
    message = changed(chosen("x"), chosen("y", "z"), "a")
    assert message == f'Pod "p" is invalid: {PLACE}[0]: Invalid value: {words}: {ADDS}'


@pytest.mark.parametrize(
    ("old", "new", "refused"), [(-1, 1, False), (-1, 2, True), (-1, 0, True), (0, 1, True), (30, 1, True)]
)
def test_a_negative_grace_period_may_become_one_second(old: int, new: int, refused: bool) -> None:
    """See ValidatePodUpdate of pkg/apis/core/validation/validation.go, 1.24."""
    after, before = (pod_with_resources({}, terminationGracePeriodSeconds=seconds) for seconds in (new, old))
    assert (FIXED in (pod_part_refusal(after, before, "", Version(1, 24)) or "")) is refused


def test_a_pod_changes_its_class_of_service_in_neither_direction() -> None:
    burstable, limits = {"requests": {"cpu": "1"}}, {"cpu": "1", "memory": "1Gi"}

    def pod(resources: JSON) -> JSON:
        whole = pod_with_resources({})
        containers = [{**whole["spec"]["containers"][0], "resources": resources}]
        return {**whole, "spec": {**whole["spec"], "containers": containers}}

    guaranteed = {"limits": limits, "requests": limits}
    for old, new in ((burstable, guaranteed), (guaranteed, burstable), (burstable, {})):
        message = pod_part_refusal(pod(new), pod(old), "resize", NEWEST)
        assert "Pod QOS Class may not change as a result of resizing" in (message or "")


def test_the_namespace_of_a_pod_must_be_a_label() -> None:
    pod = pod_with_resources({})
    other = {**pod, "metadata": {**pod["metadata"], "namespace": "N"}}
    assert whole_pod_refusal(pod, NEWEST) is None
    assert 'metadata.namespace: Invalid value: "N"' in (whole_pod_refusal(other, NEWEST) or "")
