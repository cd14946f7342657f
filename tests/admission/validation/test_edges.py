"""Tests validation that recorded servers cannot show: other port ranges, other networks, loaded objects."""

import json
from contextlib import nullcontext
from typing import Any

import pytest

from rbacpsp import Cluster, LoadError, User
from rbacpsp.admission.validation import sent_errors
from rbacpsp.admission.validation.checks import atoi
from rbacpsp.model import Version
from rbacpsp.testing import ClusterBuilder

JSON = dict[str, Any]
RANGE = "provided port is not in the valid range. The range of valid ports is 30000-32767"
TAKEN = "provided port is already allocated"


def service_named_s(**spec: Any) -> JSON:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s", "namespace": "n"},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def refusal(obj: JSON, old: JSON | None = None, version: str = "1.36") -> str | None:
    cluster = ClusterBuilder().namespace("n").build(kubernetes_version=version)
    return cluster.submit(obj, operation="CREATE" if old is None else "UPDATE", old=old).message


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
@pytest.mark.parametrize(
    ("number", "refused"),
    [(29999, True), (30000, False), (32767, False), (32768, True), (1, True), (-1, True), (0, False)],
)
def test_node_ports_are_within_a_range(kind: str, number: int, refused: bool) -> None:
    message = refusal(service_named_s(type=kind, ports=[{"port": 80, "nodePort": number}]))
    words = f'Service "s" is invalid: spec.ports[0].nodePort: Invalid value: {number}: {RANGE}'
    assert message == (words if refused else None)


@pytest.mark.parametrize(
    ("number", "refused"), [(29999, True), (30000, False), (32767, False), (32768, True)]
)
def test_the_health_check_node_port_is_within_the_range(number: int, refused: bool) -> None:
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": number}
    words = f"Internal error occurred: failed to allocate requested HealthCheck NodePort {number}: {RANGE}"
    assert refusal(service_named_s(**spec)) == (words if refused else None)


def test_the_second_of_two_equal_ports_of_nodes_is_refused() -> None:
    first, second = (
        {"name": name, "port": number, "nodePort": 30001} for name, number in (("a", 1), ("b", 2))
    )
    words = f'Service "s" is invalid: spec.ports[1].nodePort: Invalid value: 30001: {TAKEN}'
    assert refusal(service_named_s(type="NodePort", ports=[first, second])) == words
    other = second | {"nodePort": 30002}
    assert refusal(service_named_s(type="NodePort", ports=[first, other])) is None


FAR, SHARED = 80, 30001


@pytest.mark.parametrize(
    ("spec", "ports", "wrong"),
    [
        ({"type": "NodePort"}, [("TCP", 53, SHARED), ("UDP", 53, SHARED), ("TCP", 80, FAR)], 2),
        ({"type": "NodePort"}, [("TCP", 53, None), ("UDP", 53, FAR)], 0),
        ({"type": "NodePort"}, [("TCP", 53, None), ("TCP", 54, FAR)], 1),
        ({"type": "NodePort"}, [("TCP", None, FAR)], 0),
        ({"type": "NodePort"}, [("TCP", None, None), ("UDP", None, FAR)], 0),
        (
            {"type": "NodePort", "allocateLoadBalancerNodePorts": False},
            [("TCP", 53, None), ("UDP", 53, FAR)],
            0,
        ),
        ({"type": "LoadBalancer"}, [("TCP", 53, None), ("UDP", 53, FAR)], 0),
        (
            {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": True},
            [("TCP", 53, None), ("UDP", 53, FAR)],
            0,
        ),
        (
            {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False},
            [("TCP", 53, None), ("UDP", 53, FAR)],
            1,
        ),
        (
            {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False},
            [("TCP", 53, None), ("TCP", 54, FAR)],
            1,
        ),
    ],
)
def test_the_first_port_that_no_node_offers_is_reported(
    spec: JSON, ports: list[tuple[str, Any, Any]], wrong: int
) -> None:
    """Ports of one number share one: initNodePorts of pkg/registry/core/service/storage/alloc.go, 1.24."""
    listed = [
        {"name": f"p{at}", "protocol": protocol, "port": number, "nodePort": node_port}
        for at, (protocol, number, node_port) in enumerate(ports)
    ]
    listed = [{key: value for key, value in port.items() if value is not None} for port in listed]
    words = f'Service "s" is invalid: spec.ports[{wrong}].nodePort: Invalid value: 80: {RANGE}'
    assert refusal(service_named_s(**spec, ports=listed)) == words


BOTH = {
    "clusterIP": "10.0.0.7",
    "clusterIPs": ["10.0.0.7", "2001:db8::7"],
    "ipFamilies": ["IPv4", "IPv6"],
    "ipFamilyPolicy": "PreferDualStack",
}


def test_an_update_keeps_the_families_that_it_leaves_out() -> None:
    stored = service_named_s(**BOTH)
    assert refusal(service_named_s(), stored) is None
    assert refusal(service_named_s(clusterIP="10.0.0.7", clusterIPs=BOTH["clusterIPs"]), stored) is None
    for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        assert (
            refusal(service_named_s(**{name: value for name, value in BOTH.items() if name != key}), stored)
            is None
        )


def test_a_change_to_one_family_keeps_the_first_address() -> None:
    stored = service_named_s(**BOTH)
    assert refusal(service_named_s(**BOTH | {"ipFamilyPolicy": "SingleStack"}), stored) is None
    other = BOTH | {"ipFamilyPolicy": "SingleStack", "clusterIPs": ["10.0.0.7", "2001:db8::8"]}
    assert "spec.ipFamilyPolicy: Invalid value" in (refusal(service_named_s(**other), stored) or "")
    families = BOTH | {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]}
    assert refusal(service_named_s(**families), stored) is None


@pytest.mark.parametrize(("version", "kept"), [("1.28", True), ("1.29", False)])
def test_a_traffic_policy_goes_with_the_external_addresses(version: str, kept: bool) -> None:
    stored = service_named_s(externalIPs=["8.8.8.8"], externalTrafficPolicy="Cluster")
    message = refusal(service_named_s(externalTrafficPolicy="Cluster"), stored, version)
    assert (message is not None) is kept


def stateful_set(**pod: Any) -> JSON:
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}], **pod},
    }
    spec = {"serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "s", "namespace": "n"},
        "spec": spec,
    }


@pytest.mark.parametrize(("version", "refused"), [("1.33", False), ("1.34", True), ("1.35", True)])
def test_the_template_of_a_loaded_stateful_set_is_validated_since_1_34(version: str, refused: bool) -> None:
    obj = stateful_set(securityContext={"runAsUser": -1})
    expected = pytest.raises(LoadError, match="runAsUser") if refused else nullcontext()
    with expected:
        Cluster.from_objects([obj], kubernetes_version=version, validate=True)


@pytest.mark.parametrize(("version", "refused"), [("1.22", False), ("1.23", True), ("1.24", True)])
def test_the_levels_of_a_loaded_namespace_are_validated_since_1_23(version: str, refused: bool) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "none"}
    obj = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels}}
    expected = (
        pytest.raises(LoadError, match=r"pod-security\.kubernetes\.io/enforce") if refused else nullcontext()
    )
    with expected:
        Cluster.from_objects([obj], kubernetes_version=version, validate=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("+1", 1),
        ("-1", -1),
        ("007", 7),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        ("0" * 5000, 0),
    ],
)
def test_a_number_is_parsed_as_go_parses_it(text: str, number: int) -> None:
    assert atoi(text) == number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((text, "invalid syntax") for text in ("", "-", "+-1", "1 ", "x", "1.0", "²")),
        *((text, "value out of range") for text in (str(2**63), str(-(2**63) - 1), "9" * 19, "1" * 5000)),
    ],
)
def test_another_text_is_not_a_number(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        atoi(text)


def test_a_local_review_compares_namespaces_by_their_names() -> None:
    asked = {
        "kind": "LocalSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"namespace": "team-a"},
        "spec": {
            "user": "u",
            "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "team-a"},
        },
    }
    answer = ClusterBuilder().namespace("team-a").build().review(json.loads(json.dumps(asked)))
    assert answer["status"]["allowed"] is False


def indexed_job(**spec: Any) -> JSON:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    whole = {"completionMode": "Indexed", "template": template, **spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j", "namespace": "n"},
        "spec": whole,
    }


def test_one_pod_of_a_job_must_succeed_by_default() -> None:
    words = "must be less than or equal to 1 (the number of specified completions)"
    assert refusal(indexed_job(successPolicy={"rules": [{"succeededCount": 1}]})) is None
    assert words in (refusal(indexed_job(successPolicy={"rules": [{"succeededCount": 2}]})) or "")


def test_an_unchanged_role_needs_no_permission_to_escalate() -> None:
    group = "rbac.authorization.k8s.io"
    secrets = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    writes = {"verbs": ["get", "create", "patch", "update"], "apiGroups": [group], "resources": ["roles"]}
    builder = ClusterBuilder().namespace("n").role("r", secrets, namespace="n")
    cluster = builder.role("w", writes, namespace="n").bind("w", "User/u", namespace="n").build()
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": "r", "namespace": "n"}}
    assert cluster.preflight([{**role, "rules": [secrets]}], User("u")).allowed
    assert not cluster.preflight([{**role, "rules": [{**secrets, "verbs": ["list"]}]}], User("u")).allowed
    other = {**role, "metadata": {"name": "new", "namespace": "n"}, "rules": [secrets]}
    assert not cluster.preflight([other], User("u")).allowed


def test_a_service_that_becomes_a_name_keeps_addresses_that_it_changes() -> None:
    """All addresses are compared: sameClusterIPs of pkg/registry/core/service/storage, 1.24."""
    stored = service_named_s(**BOTH)
    outside = {"type": "ExternalName", "externalName": "a.example.com", "clusterIP": "10.0.0.7"}
    assert refusal(service_named_s(**outside, clusterIPs=BOTH["clusterIPs"]), stored) is None
    other = service_named_s(**outside, clusterIPs=["10.0.0.7", "2001:db8::8"])
    assert "spec.clusterIPs" in (refusal(other, stored) or "")


def namespace(**levels: str) -> JSON:
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels}}


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (namespace(enforce="x"), namespace(enforce="x"), False),
        (namespace(enforce="x"), namespace(enforce="a"), True),
        (namespace(enforce="x"), namespace(enforce="z"), True),
        (namespace(enforce="x", warn="x"), namespace(enforce="x"), True),
        (namespace(enforce="x"), namespace(enforce="x", warn="x"), True),
        (namespace(enforce="baseline"), namespace(enforce="x"), True),
        (namespace(enforce="x"), namespace(enforce="baseline"), False),
    ],
)
def test_levels_that_are_already_wrong_may_stay_but_no_other_wrong_ones_may_be_added(
    old: JSON, new: JSON, refused: bool
) -> None:
    """ValidateNamespace of pod-security-admission/admission/admission.go, 0.24."""
    before, after = (Cluster.from_objects([obj]).objects.namespaces["n"] for obj in (old, new))
    assert bool(sent_errors(after, Version(1, 24), before)) is refused


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        ("1.24", "'replicas', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy'"),
        (
            "1.33",
            (
                "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                "'persistentVolumeClaimRetentionPolicy'"
            ),
        ),
    ],
)
def test_the_fields_that_may_change_in_a_stateful_set_are_listed_in_order(version: str, fields: str) -> None:
    """ValidateStatefulSetUpdate of pkg/apis/apps/validation/validation.go, 1.24 and 1.33."""
    old, new = stateful_set(), stateful_set()
    new["spec"]["serviceName"] = "other"
    assert f"other than {fields} and 'minReadySeconds'" in (refusal(new, old, version) or "")


def test_an_update_of_a_stored_template_that_is_invalid_does_not_validate_the_new_one() -> None:
    """See ValidateStatefulSetUpdate of pkg/apis/apps/validation/validation.go, 1.37."""
    wrong = stateful_set(hostname="a", securityContext={"runAsUser": -1})
    assert refusal(wrong, wrong, "1.37") is None
    assert "runAsUser" in (refusal(wrong, stateful_set(hostname="a"), "1.37") or "")
    named = {**stateful_set(), "spec": {**stateful_set()["spec"], "serviceName": "A"}}
    wrong["spec"]["serviceName"] = "A"
    assert "runAsUser" in (refusal(wrong, named, "1.37") or "")


def test_the_fixed_fields_of_a_job_are_printed_as_their_types() -> None:
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "A"}]}]}
    message = refusal(indexed_job(podFailurePolicy=policy), indexed_job(), "1.30")
    assert "spec.podFailurePolicy: Invalid value: batch.PodFailurePolicy{" in (message or "")


@pytest.mark.parametrize("version", ["1.22", "1.24", "1.25"])
def test_the_labels_that_the_server_generates_are_required_up_to_1_24(version: str) -> None:
    """See ValidateJobUpdate of pkg/apis/batch/validation/validation.go, 1.24 and 1.25."""
    stored = indexed_job(selector={"matchLabels": {"a": "b"}})
    stored["spec"]["template"]["metadata"] = {"labels": {"a": "b"}}
    message = refusal(stored, stored, version) or ""
    assert ("metadata.labels[job-name]: Required value" in message) is (version != "1.25")


def test_a_suspended_job_may_not_change_its_affinity_to_other_pods() -> None:
    def job(key: str) -> JSON:
        stored = indexed_job(suspend=True, selector={"matchLabels": {"a": "b"}})
        term = {"topologyKey": key, "labelSelector": {}}
        affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
        stored["spec"]["template"]["metadata"] = {"labels": {"a": "b"}}
        stored["spec"]["template"]["spec"]["affinity"] = affinity
        return stored

    assert refusal(job("a"), job("a")) is None
    assert "field is immutable" in (refusal(job("b"), job("a")) or "")


def test_an_update_of_a_cron_job_may_keep_a_time_zone_that_is_invalid() -> None:
    def cron_job(zone: str) -> JSON:
        pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
        spec = {
            "schedule": "0 * * * *",
            "timeZone": zone,
            "jobTemplate": {"spec": {"template": {"spec": pod}}},
        }
        metadata = {"name": "c", "namespace": "n"}
        return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec}

    first, second = (f"no{end}" for end in ("where", "where"))
    assert first is not second
    assert refusal(cron_job(first), cron_job(second)) is None
    assert "spec.timeZone: Invalid value" in (refusal(cron_job("else"), cron_job(first)) or "")
