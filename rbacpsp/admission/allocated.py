"""The addresses and the ports of nodes that Services ask for: each is given out once.

The server gives out what a Service does not name; that it names what others were given cannot be told.
Source: pkg/registry/core/service/storage/alloc.go, ipallocator and portallocator, 1.24 and 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.services import defaulted_service
from rbacpsp.model.field_error import FieldError, FieldPath, go_strings, invalid, invalid_object
from rbacpsp.model.forms import sloppy_address
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_SPEC = FieldPath.of("spec")
_ON_NODES = frozenset({"NodePort", "LoadBalancer"})
_TAKEN = "provided port is already allocated"


class Allocated:
    """What Services that are there have asked for, and who has it."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}

    def take(self, service: JSONObject) -> None:
        """Give a valid Service what it asks for."""
        spec = defaulted_service(service)["spec"]
        named = [key for _, key in _addresses(spec)] + [str(number) for _, number in _ports(spec)]
        health = _health(spec)
        for key in [*named, *([str(health)] if health else [])]:
            self._owners.setdefault(key, _identity(service))

    def refusal(self, service: JSONObject, version: Version) -> str:
        """The server's whole message to a Service that asks for what another has; empty where it gets it."""
        spec, name = defaulted_service(service)["spec"], str(service["metadata"].get("name") or "")
        error = next(self._errors(service, spec, version), None)
        if error is not None:
            return invalid_object("Service", "", name, [error])
        health = _health(spec)
        if health and self._is_taken(str(health), service):
            words = f"failed to allocate requested HealthCheck NodePort {health}: {_TAKEN}"
            return f"Internal error occurred: {words}"
        return ""

    def _errors(self, service: JSONObject, spec: JSONObject, version: Version) -> Iterator[FieldError]:
        shown = go_strings("string", tuple(spec.get("clusterIPs", ())), version)
        for text, key in _addresses(spec):
            if self._is_taken(key, service):
                words = f"failed to allocate IP {text}: provided IP is already allocated"
                yield invalid(_SPEC.child("clusterIPs"), shown, words)
        for place, number in _ports(spec):
            if self._is_taken(str(number), service):
                at = _SPEC.child("ports").index(place).child("nodePort")
                yield invalid(at, number, _TAKEN)

    def _is_taken(self, key: str, service: JSONObject) -> bool:
        return self._owners.get(key, _identity(service)) != _identity(service)


def _identity(service: JSONObject) -> tuple[str, str]:
    metadata = service["metadata"]
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


def _addresses(spec: JSONObject) -> Iterator[tuple[str, str]]:
    """The addresses within the cluster that a Service names, each as written and in one form."""
    for text in spec.get("clusterIPs", ()) if spec["type"] != "ExternalName" else ():
        address = sloppy_address(text)
        if address is not None:
            yield text, str(address)


def _ports(spec: JSONObject) -> Iterator[tuple[int, int]]:
    """The ports of nodes that a Service names, with the places of its ports."""
    if spec["type"] in _ON_NODES:
        for place, port in enumerate(spec["ports"]):
            if port.get("nodePort"):
                yield place, port["nodePort"]


def _health(spec: JSONObject) -> int:
    """The port at which nodes are asked for their health."""
    checked = spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"
    return int(spec.get("healthCheckNodePort") or 0) if checked else 0
