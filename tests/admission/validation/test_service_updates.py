"""Tests updates of Services: the stored values that stay, and those dropped with the old type."""

from typing import Any

import pytest

from rbacpsp.admission.validation.objects import plain_errors
from rbacpsp.model import Version
from tests.admission.validation.test_edges import BOTH, JSON, RANGE, refusal, service_named_s

ONE = {"clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"], "ipFamilies": ["IPv4"]}
OUTSIDE: JSON = {
    "type": "LoadBalancer",
    "externalTrafficPolicy": "Local",
    "healthCheckNodePort": 31000,
    "ports": [{"name": "a", "port": 80, "nodePort": 30080}, {"name": "b", "port": 81, "nodePort": 30081}],
}


def ports(**node_ports: int) -> list[JSON]:
    """The ports of the stored Service, with these node ports."""
    return [
        {"name": name, "port": number, **({"nodePort": node_ports[name]} if name in node_ports else {})}
        for name, number in (("a", 80), ("b", 81))
    ]


def test_addresses_and_families_that_are_left_out_are_those_of_the_stored_service() -> None:
    stored = service_named_s(**ONE)
    kept = refusal(service_named_s(ipFamilies=["IPv6"]), stored)
    assert kept is not None
    assert 'clusterIPs[0]: Invalid value: "10.0.0.7": expected an IPv6 value' in kept
    moved = refusal(service_named_s(clusterIP="2001:db8::7", clusterIPs=["2001:db8::7"]), stored)
    assert moved is not None
    assert "expected an IPv4 value as indicated by `ipFamilies[0]`" in moved


def test_the_policy_of_families_that_is_left_out_is_that_of_the_stored_service() -> None:
    addresses = ["10.0.0.7", "2001:db8::8"]
    new = service_named_s(clusterIP="10.0.0.7", clusterIPs=addresses)
    assert refusal(new, service_named_s(**BOTH)) is None


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (OUTSIDE, {"type": "ClusterIP", "ports": ports()}, False),
        (OUTSIDE, {"type": "ClusterIP", "ports": ports(a=30080, b=30081)}, False),
        (OUTSIDE, {"type": "ClusterIP", "ports": ports(b=30081)}, False),
        (OUTSIDE, {"type": "ClusterIP", "ports": ports(b=30099)}, True),
        (OUTSIDE, {"type": "ClusterIP", "ports": ports(a=30080, b=30099)}, True),
    ],
)
def test_node_ports_of_the_stored_service_go_with_its_type_but_no_others(
    old: JSON, new: JSON, refused: bool
) -> None:
    """See dropTypeDependentFields of pkg/registry/core/service/strategy.go, 1.24."""
    message = refusal(service_named_s(**new), service_named_s(**old)) or ""
    assert ("may not be used when `type` is 'ClusterIP'" in message) is refused


def test_a_node_port_that_no_port_has_is_kept_only_by_the_port_of_its_name() -> None:
    """See patchAllocatedValues of pkg/registry/core/service/storage/alloc.go, 1.24."""
    stored = service_named_s(**OUTSIDE)
    new = service_named_s(type="ClusterIP", ports=ports(b=30099))
    words = "spec.ports[1].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"
    assert refusal(new, stored) == f'Service "s" is invalid: {words}'
    twice = service_named_s(**OUTSIDE | {"ports": ports(a=30081)})
    assert refusal(twice, stored) is None
    both = refusal(service_named_s(**OUTSIDE | {"ports": ports(a=30081, b=30081)}), stored)
    assert both is not None
    assert "spec.ports[1].nodePort: Invalid value: 30081: provided port is already allocated" in both


def test_a_name_of_another_service_has_no_node_ports_to_keep() -> None:
    named = {"type": "ExternalName", "externalName": "a.example", "ports": [{"port": 80, "nodePort": 80}]}
    assert refusal(service_named_s(type="NodePort"), service_named_s(**named)) is None
    assert RANGE in (refusal(service_named_s(type="NodePort", ports=named["ports"]), None) or "")


def test_ports_without_a_node_port_stay_so_where_the_stored_service_has_none_either() -> None:
    assert refusal(service_named_s(type="NodePort"), service_named_s(type="NodePort")) is None


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, False),
        ({"healthCheckNodePort": 0}, False),
        ({"healthCheckNodePort": 31001}, True),
        ({"type": "NodePort"}, False),
        ({"type": "NodePort", "healthCheckNodePort": 0}, False),
        ({"type": "NodePort", "healthCheckNodePort": 31001}, True),
        ({"externalTrafficPolicy": "Cluster"}, False),
    ],
)
def test_the_health_check_port_is_kept_and_goes_with_what_needs_it(changes: JSON, refused: bool) -> None:
    message = refusal(service_named_s(**OUTSIDE | changes), service_named_s(**OUTSIDE))
    assert (message is not None) is refused


def test_the_health_check_port_of_a_stored_service_may_be_missing() -> None:
    stored = {key: value for key, value in OUTSIDE.items() if key != "healthCheckNodePort"}
    assert refusal(service_named_s(**stored, healthCheckNodePort=0), service_named_s(**stored)) is None
    refused = refusal(service_named_s(**stored, healthCheckNodePort=31000), service_named_s(**stored))
    assert refused is not None
    assert "spec.healthCheckNodePort: Forbidden: field is immutable" in refused


def test_a_service_that_becomes_a_name_drops_both_of_its_addresses() -> None:
    outside: JSON = {**BOTH, "type": "ExternalName", "externalName": "a.example.com"}
    assert refusal(service_named_s(**outside), service_named_s(**BOTH)) is None
    for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        left = {name: value for name, value in outside.items() if name != "ipFamilyPolicy" or name == key}
        assert refusal(service_named_s(**left), service_named_s(**BOTH)) is None


@pytest.mark.parametrize("kind", ["Service", "ConfigMap"])
def test_the_namespace_of_an_object_must_be_a_label(kind: str) -> None:
    def errors(namespace: str) -> list[str]:
        body: dict[str, Any] = {**service_named_s(), "metadata": {"name": "s", "namespace": namespace}}
        return [str(error.field) for error in plain_errors(kind, body, Version(1, 37))]

    assert errors("a") == []
    assert errors("A") == ["metadata.namespace"]
