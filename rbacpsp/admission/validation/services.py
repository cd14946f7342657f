"""The API server's validation of Services: addresses first, then node ports, then everything else.

The addresses and ports that the server allocates itself are ignored. The range of node ports is assumed to be
the default, 30000-32767. Source: pkg/apis/core/validation/validation.go ValidateService and validateService,
pkg/registry/core/service/storage/alloc.go, pkg/apis/core/v1/defaults.go SetDefaults_Service, 1.24 to 1.37.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Any

from rbacpsp.admission.validation.addresses import (
    cluster_address_errors,
    external_address_errors,
    range_list_errors,
    single_stack_errors,
)
from rbacpsp.admission.validation.checks import label, name_errors, one_of, subdomain
from rbacpsp.admission.validation.pods.ports import PROTOCOLS, port_errors
from rbacpsp.apply.validation.metadata import label_map_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from rbacpsp.model.go_values import go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.text_validation import port_number_errors
from rbacpsp.model.version import Version

_SPEC = FieldPath.of("spec")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_LOWEST, _HIGHEST = 30000, 32767
_LONGEST_AFFINITY = 86400
_ACCESSIBLE_SINCE = Version(1, 26)
"""Since then a Service with external addresses counts as one that is reached from outside."""
_KUBELET_PORT, _KUBELET_UNTIL = 10250, Version(1, 27)
_DISTRIBUTION_SINCE, _SAME_SINCE = Version(1, 31), Version(1, 34)
_TOPOLOGY_SINCE = Version(1, 27)
_HINTS = "service.kubernetes.io/topology-aware-hints"
_MODE = "service.kubernetes.io/topology-mode"


def defaulted_service(body: JSONObject) -> JSONObject:
    """A Service with the defaults that the server fills in before it validates."""
    spec: dict[str, Any] = dict(body.get("spec", {}))
    spec["type"] = spec.get("type") or "ClusterIP"
    spec["sessionAffinity"] = spec.get("sessionAffinity") or "None"
    spec["ports"] = [
        {
            **port,
            "protocol": port.get("protocol") or "TCP",
            "targetPort": port.get("targetPort") or port.get("port", 0),
        }
        for port in spec.get("ports", ())
    ]
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    return {**body, "spec": spec}


def service_errors(
    body: JSONObject, metadata: Iterable[FieldError], version: Version
) -> Iterator[FieldError]:
    """What is wrong with a Service; errors of its metadata come after the first checks."""
    service = defaulted_service(body)
    early = early_errors(service["spec"], version)
    yield from early or (*metadata, *late_errors(service, version))


def early_errors(spec: JSONObject, version: Version) -> list[FieldError]:
    """The errors of the first checks of a defaulted Service, after which the server stops."""
    return cluster_errors(spec, version) or list(node_port_errors(spec))


def cluster_errors(spec: JSONObject, version: Version) -> list[FieldError]:
    """The errors of the cluster addresses of a defaulted Service, which the server checks first."""
    looks = (cluster_address_errors(spec, _SPEC, version), single_stack_errors(spec, _SPEC))
    return next(filter(None, map(list, looks)), [])


def node_port_errors(spec: JSONObject, taken: Container[int] = ()) -> Iterator[FieldError]:
    """The first port of a defaulted Service that no node can offer (initNodePorts).

    Ports with the same number and different protocols share the node port that one of them names.

    Args:
        spec: The Service's.
        taken: The node ports of other Services.
    """
    if spec["type"] not in {"NodePort", "LoadBalancer"}:
        return
    ports, mine, node_ports = spec["ports"], set[int](), dict[int, int]()
    allocates = spec["type"] == "NodePort" or spec.get("allocateLoadBalancerNodePorts") is not False
    for index, port in enumerate(ports):
        number, node_port = port.get("port", 0), port.get("nodePort", 0)
        if not node_port and not allocates:
            continue
        if number not in node_ports:
            named_node_ports = (
                port_entry.get("nodePort", 0) for port_entry in ports if port_entry.get("port", 0) == number
            )
            node_port = node_ports[number] = next(filter(None, named_node_ports), 0)
        elif node_port == node_ports[number]:
            continue
        problem = (
            node_port_problem(node_port, taken) or (TAKEN if node_port in mine else "") if node_port else ""
        )
        if problem:
            yield invalid(_SPEC.child("ports").index(index).child("nodePort"), node_port, problem)
            return
        mine.add(node_port)


TAKEN = "provided port is already allocated"


def node_port_problem(number: int, taken: Container[int] = ()) -> str:
    """Why nodes cannot offer a port; empty where they can."""
    if not _LOWEST <= number <= _HIGHEST:
        return f"provided port is not in the valid range. The range of valid ports is {_LOWEST}-{_HIGHEST}"
    return TAKEN if number in taken else ""


def late_errors(service: JSONObject, version: Version) -> Iterator[FieldError]:
    """The errors of a defaulted Service that the first checks do not find, except for its metadata."""
    spec = service["spec"]
    kind = spec["type"]
    annotations = service.get("metadata", {}).get("annotations", {})
    mode, hints = annotations.get(_MODE), annotations.get(_HINTS)
    if version >= _TOPOLOGY_SINCE and mode is not None and hints not in {None, mode}:
        at = FieldPath.of("metadata", "annotations").key(_MODE)
        yield invalid(at, mode, f"must match annotations[{_HINTS}] when both are specified")
    headless = spec.get("clusterIPs") == ["None"]
    if not spec["ports"] and not headless and kind != "ExternalName":
        yield required(_SPEC.child("ports"))
    yield from _type_errors(spec, version, headless=headless)
    names: set[str] = set()
    for index, port in enumerate(spec["ports"]):
        at = _SPEC.child("ports").index(index)
        yield from _port_errors(port, names, at, version, named_ones=len(spec["ports"]) > 1)
    yield from label_map_errors(spec.get("selector", {}), _SPEC.child("selector"), version)
    yield from _affinity_errors(spec)
    yield from cluster_address_errors(spec, _SPEC, version)
    yield from external_address_errors(spec, _SPEC, version)
    yield from one_of(spec, "type", _TYPES, _SPEC)
    yield from _repeated_ports_errors(spec, version)
    yield from range_list_errors(spec, annotations, version)
    yield from _balancer_errors(spec, version)
    yield from _traffic_errors(spec, version)


def _type_errors(spec: JSONObject, version: Version, *, headless: bool) -> Iterator[FieldError]:
    kind = spec["type"]
    if kind == "LoadBalancer" and version <= _KUBELET_UNTIL:
        for index, port in enumerate(spec["ports"]):
            if port.get("port") == _KUBELET_PORT:
                words = f"may not expose port {_KUBELET_PORT} externally since it is used by kubelet"
                yield invalid(_SPEC.child("ports").index(index), _KUBELET_PORT, words)
    if kind in {"LoadBalancer", "NodePort"} and headless:
        words = f"may not be set to 'None' for {kind} services"
        yield invalid(_SPEC.child("clusterIPs").index(0), "None", words)
    if kind == "ExternalName":
        for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name):
                yield forbidden(_SPEC.child(name), "may not be set for ExternalName services")
        name = spec.get("externalName", "").removesuffix(".")
        at = _SPEC.child("externalName")
        yield from subdomain(name, at, version) if name else (required(at),)


def _port_errors(
    port: JSONObject, names: set[str], path: FieldPath, version: Version, *, named_ones: bool
) -> Iterator[FieldError]:
    name, number = port.get("name", ""), port.get("port", 0)
    if name:
        yield from label(name, path.child("name"), version)
        if name in names:
            yield duplicate(path.child("name"), name)
        names.add(name)
    elif named_ones:
        yield required(path.child("name"))
    yield from (invalid(path.child("port"), number, words) for words in port_number_errors(number))
    yield from one_of(port, "protocol", PROTOCOLS, path)
    yield from port_errors(port["targetPort"], path.child("targetPort"), version)
    if port.get("appProtocol") is not None:
        yield from name_errors(label_key_errors, port["appProtocol"], path.child("appProtocol"), version)


def _affinity_errors(spec: JSONObject) -> Iterator[FieldError]:
    yield from one_of(spec, "sessionAffinity", ("ClientIP", "None"), _SPEC)
    seconds = spec.get("sessionAffinityConfig", {}).get("clientIP", {}).get("timeoutSeconds")
    if spec["sessionAffinity"] == "ClientIP" and seconds is not None and not 0 < seconds <= _LONGEST_AFFINITY:
        at = _SPEC.child("sessionAffinityConfig", "clientIP", "timeoutSeconds")
        yield invalid(at, seconds, f"must be greater than 0 and less than {_LONGEST_AFFINITY}")


def _repeated_ports_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    path = _SPEC.child("ports")
    if spec["type"] == "ClusterIP":
        for index, port in enumerate(spec["ports"]):
            if port.get("nodePort"):
                words = "may not be used when `type` is 'ClusterIP'"
                yield forbidden(path.index(index).child("nodePort"), words)
    on_nodes: set[tuple[str, int]] = set()
    for index, port in enumerate(spec["ports"]):
        key = (port["protocol"], port.get("nodePort", 0))
        if key[1] and key in on_nodes:
            error = duplicate(path.index(index).child("nodePort"), "")
            yield FieldError(error.field, error.type, str(key[1]), error.detail, error.at)
        on_nodes.add(key)
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(spec["ports"]):
        key = (port["protocol"], port.get("port", 0))
        if key in seen:
            error = duplicate(path.index(index), "")
            port_text = go_struct("core.ServicePort", version)
            yield FieldError(error.field, error.type, port_text, error.detail, error.at)
        seen.add(key)


def _balancer_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    balances = spec["type"] == "LoadBalancer"
    words = "may only be used when `type` is 'LoadBalancer'"
    if spec.get("allocateLoadBalancerNodePorts") is not None and not balances:
        yield forbidden(_SPEC.child("allocateLoadBalancerNodePorts"), words)
    name = spec.get("loadBalancerClass")
    if name is not None:
        at = _SPEC.child("loadBalancerClass")
        yield from name_errors(label_key_errors, name, at, version) if balances else (forbidden(at, words),)


def _traffic_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    kind, outside = spec["type"], spec["type"] in {"LoadBalancer", "NodePort"}
    if version >= _ACCESSIBLE_SINCE and kind == "ClusterIP" and spec.get("externalIPs"):
        outside = True
    policy = spec.get("externalTrafficPolicy") or ("Cluster" if outside else "")
    at = _SPEC.child("externalTrafficPolicy")
    if not outside and policy:
        words = "may only be set for externally-accessible services"
        if version < _ACCESSIBLE_SINCE:
            words = "may only be set when `type` is 'NodePort' or 'LoadBalancer'"
        yield invalid(at, policy, words)
    elif outside and policy not in {"Cluster", "Local"}:
        yield not_supported(at, policy, ("Cluster", "Local"))
    checked, number = kind == "LoadBalancer" and policy == "Local", spec.get("healthCheckNodePort", 0)
    if number and not checked:
        words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid(_SPEC.child("healthCheckNodePort"), number, words)
    if spec.get("internalTrafficPolicy") is not None:
        yield from one_of(spec, "internalTrafficPolicy", ("Cluster", "Local"), _SPEC)
    if spec.get("trafficDistribution") is not None and version >= _DISTRIBUTION_SINCE:
        known: tuple[str, ...] = ("PreferClose",)
        if version >= _SAME_SINCE:
            known = ("PreferClose", "PreferSameZone", "PreferSameNode")
        yield from one_of(spec, "trafficDistribution", known, _SPEC)
