"""The cluster addresses and node ports that Services ask for: each can be allocated only once.

A server allocates them before it validates a Service. Its choice for a Service that names none is unknown,
and so are the addresses and ports of Services that were not loaded. Source:
pkg/registry/core/service/storage/alloc.go allocateCreate, 1.24 and 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.services import (
    cluster_errors,
    defaulted_service,
    node_port_errors,
    node_port_problem,
)
from rbacpsp.model.field_error import FieldPath, go_strings, invalid, invalid_object
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import sloppy_address
from rbacpsp.model.version import Version

_ON_NODES = frozenset({"NodePort", "LoadBalancer"})
_Identity = tuple[str, str]


class ServiceAllocations:
    """The addresses and ports that are allocated, each with its Service."""

    def __init__(self) -> None:
        self._addresses: dict[str, _Identity] = {}
        self._ports: dict[int, _Identity] = {}

    def take(self, service: JSONObject) -> None:
        """Allocate the addresses and ports that a valid Service names."""
        spec, identity = defaulted_service(service)["spec"], _identity(service)
        for _, address in _addresses(spec):
            self._addresses.setdefault(address, identity)
        for number in (*_node_ports(spec), _health_check_port(spec)):
            if number:
                self._ports.setdefault(number, identity)

    def refusal(self, service: JSONObject, version: Version) -> str:
        """The server's complete message about an address or port that a Service cannot get; else empty.

        Args:
            service: With the types of its fields checked, and its namespace filled in.
            version: The server's.
        """
        spec, identity = defaulted_service(service)["spec"], _identity(service)
        if cluster_errors(spec, version):
            return ""
        for text, address in _addresses(spec):
            if self._addresses.get(address, identity) != identity:
                addresses_text = go_strings("string", tuple(spec["clusterIPs"]), version)
                words = f"failed to allocate IP {text}: provided IP is already allocated"
                error = invalid(FieldPath.of("spec", "clusterIPs"), addresses_text, words)
                return invalid_object("Service", "", identity[1], [error])
        used_ports = {number for number, owner in self._ports.items() if owner != identity}
        errors = list(node_port_errors(spec, used_ports))
        if errors:
            return invalid_object("Service", "", identity[1], errors)
        number = _health_check_port(spec)
        problem = node_port_problem(number, {*used_ports, *_node_ports(spec)}) if number else ""
        if problem:
            words = f"failed to allocate requested HealthCheck NodePort {number}: {problem}"
            return f"Internal error occurred: {words}"
        return ""


def _identity(service: JSONObject) -> _Identity:
    metadata = service["metadata"]
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


def _addresses(spec: JSONObject) -> Iterator[tuple[str, str]]:
    """The cluster addresses that a Service names, each as written and in its normal form."""
    for text in spec.get("clusterIPs", ()) if spec["type"] != "ExternalName" else ():
        address = sloppy_address(text)
        if address is not None:
            yield text, str(address)


def _node_ports(spec: JSONObject) -> list[int]:
    """The node ports that a Service names."""
    named = [port["nodePort"] for port in spec["ports"] if port.get("nodePort")]
    return named if spec["type"] in _ON_NODES else []


def _health_check_port(spec: JSONObject) -> int:
    """The node port of a Service's health checks; 0 if it names none."""
    checked = spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
    return int(spec.get("healthCheckNodePort") or 0) if checked else 0
