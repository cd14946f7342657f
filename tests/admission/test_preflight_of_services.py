"""Tests `preflight` of Services and ConfigMaps: invalid ones, and addresses or ports used twice."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model.json import JSONObject

ROOT = User("root", ("system:masters",))
TAKEN = "provided port is already allocated"


def service(name: str = "web", namespace: str = "x", ports: Any = ({"port": 80},), **spec: Any) -> JSONObject:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ports": list(ports), **spec},
    }


def config(**fields: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, **fields}


def refusals(*objects: JSONObject, version: str = "1.24") -> list[list[str]]:
    """The refusals of each object, in the server's words."""
    asked = Cluster.from_objects([], kubernetes_version=version)
    return [[each.message for each in row.missing] for row in asked.preflight(objects, ROOT).rows]


PORT = "Invalid value: 0: must be between 1 and 65535, inclusive"
RANGE = "provided port is not in the valid range. The range of valid ports is 30000-32767"
KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (service(ports=()), 'Service "web" is invalid: spec.ports: Required value'),
        (
            service(ports=[{"port": 0}]),
            f'Service "web" is invalid: [spec.ports[0].port: {PORT}, spec.ports[0].targetPort: {PORT}]',
        ),
        (
            service(ports=[{"port": 1, "nodePort": 80}], type="NodePort"),
            f'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 80: {RANGE}',
        ),
        (config(data={"a/b": ""}), f'ConfigMap "c" is invalid: data[a/b]: Invalid value: "a/b": {KEY}'),
    ],
)
def test_an_invalid_service_is_reported_as_missing_a_valid_object(obj: JSONObject, words: str) -> None:
    assert refusals(obj) == [[words]]


def test_valid_services_are_accepted_although_others_are_invalid() -> None:
    assert refusals(service(), service("other"), config(data={"a": "b"})) == [
        [],
        [],
        [],
    ]


def test_an_object_that_may_not_be_written_is_validated_too() -> None:
    asked = Cluster.from_objects([], kubernetes_version="1.24")
    (row,) = asked.preflight([config(data={"a/b": ""})], User("eve")).rows
    assert [each.what for each in row.missing] == [
        "get configmaps/c in default",
        "create configmaps in default",
        "a valid object",
    ]


def test_a_cluster_ip_is_allocated_once() -> None:
    first, second = (service(name, clusterIP="10.0.0.9") for name in ("a", "b"))
    words = "failed to allocate IP 10.0.0.9: provided IP is already allocated"
    old = f'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{{"10.0.0.9"}}: {words}'
    assert refusals(first, second) == [[], [old]]
    new = f'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.9"]: {words}'
    assert refusals(first, second, version="1.37") == [[], [new]]


def test_a_node_port_is_allocated_once_whatever_the_protocol() -> None:
    first = service("a", ports=[{"port": 80, "nodePort": 30001}], type="NodePort")
    ports = [
        {"port": 1, "name": "x", "nodePort": 30002},
        {"port": 2, "name": "y", "nodePort": 30001, "protocol": "UDP"},
    ]
    second = service("b", "y", ports, type="LoadBalancer")
    words = f'Service "b" is invalid: spec.ports[1].nodePort: Invalid value: 30001: {TAKEN}'
    assert refusals(first, second) == [[], [words]]


def test_the_health_check_node_port_is_allocated_from_the_node_ports() -> None:
    checked: JSONObject = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "healthCheckNodePort": 30009,
    }
    words = f"Internal error occurred: failed to allocate requested HealthCheck NodePort 30009: {TAKEN}"
    assert refusals(service("a", **checked), service("b", **checked)) == [
        [],
        [words],
    ]


def test_a_service_that_is_applied_twice_keeps_its_address_and_ports() -> None:
    again = service("a", ports=[{"port": 80, "nodePort": 30001}], type="NodePort", clusterIP="10.0.0.9")
    assert refusals(again, again) == [[], []]


def test_a_refused_service_holds_no_address_or_port() -> None:
    refused = service("a", "nowhere", ports=[{"port": 80, "nodePort": 30001}], type="NodePort")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    taker = service("b", ports=[{"port": 80, "nodePort": 30001}], type="NodePort")
    asked = Cluster.from_objects([namespace], kubernetes_version="1.24")
    rows = asked.preflight([refused, taker], ROOT).rows
    assert [[each.message for each in row.missing] for row in rows] == [
        ['namespaces "nowhere" not found'],
        [],
    ]


def test_a_service_without_address_and_selector_has_both_families_by_default() -> None:
    """See initIPFamilyFields of pkg/registry/core/service/storage/alloc.go, 1.24."""
    both: JSONObject = {"ipFamilies": ["IPv4", "IPv6"], "clusterIP": "None"}
    assert refusals(service(**both)) == [[]]
    words = (
        'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "SingleStack": must be '
        "'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"
    )
    assert refusals(service(**both, ipFamilyPolicy="SingleStack")) == [[words]]
    assert refusals(service(**both, selector={"app": "web"})) == [[words]]


def test_addresses_and_ports_are_allocated_before_a_service_is_validated() -> None:
    first = service("a", ports=[{"port": 80, "nodePort": 30001}], type="NodePort", clusterIP="10.0.0.9")
    wrong = service("b", ports=[{"port": 80, "nodePort": 30002}], clusterIP="10.0.0.9")
    headless = service("c", ports=[{"port": 80, "nodePort": 30001}], type="NodePort", clusterIP="None")
    address = "failed to allocate IP 10.0.0.9: provided IP is already allocated"
    assert refusals(first, wrong, headless) == [
        [],
        [f'Service "b" is invalid: spec.clusterIPs: Invalid value: []string{{"10.0.0.9"}}: {address}'],
        [f'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 30001: {TAKEN}'],
    ]


def test_ports_of_the_same_number_share_a_node_port() -> None:
    """See initNodePorts of pkg/registry/core/service/storage/alloc.go, 1.24."""
    ports = [
        {"name": "a", "port": 53, "protocol": "TCP"},
        {"name": "b", "port": 53, "protocol": "UDP", "nodePort": 30001},
    ]
    assert refusals(service("a", ports=ports, type="NodePort")) == [[]]
    words = f'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30001: {TAKEN}'
    assert refusals(*(service(name, ports=ports, type="NodePort") for name in "ab")) == [
        [],
        [words],
    ]
    kept: JSONObject = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}
    late = words.replace("[0]", "[1]")
    assert refusals(*(service(name, ports=ports, **kept) for name in "ab")) == [[], [late]]


def test_the_health_check_node_port_is_not_shared() -> None:
    checked: JSONObject = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    both = service("a", ports=[{"port": 80, "nodePort": 30009}], healthCheckNodePort=30009, **checked)
    words = f"Internal error occurred: failed to allocate requested HealthCheck NodePort 30009: {TAKEN}"
    assert refusals(both) == [[words]]
    asked = Cluster.from_objects([], kubernetes_version="1.24")
    assert asked.submit(both, user=ROOT).message == words


def test_data_that_is_not_base64_has_no_size() -> None:
    largest = 1024 * 1024
    wrong = {"k": "a"}
    assert refusals(config(data={"a": "x" * largest}, binaryData=wrong)) == [[]]
    (words,) = refusals(config(data={"a": "x" * (largest + 1)}, binaryData=wrong))
    assert "Too long" in words[0]
