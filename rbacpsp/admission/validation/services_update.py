"""The API server's validation of an update of a Service: allocated values may not change.

Source: pkg/apis/core/validation/validation.go ValidateServiceUpdate, and patchAllocatedValues,
normalizeClusterIPs, initIPFamilyFields and dropTypeDependentFields of pkg/registry/core/service, 1.24 to
1.37.
"""

from collections.abc import Iterable, Iterator, Sequence

from rbacpsp.admission.validation.checks import IMMUTABLE
from rbacpsp.admission.validation.services import defaulted_service, early_errors, late_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, go_strings, invalid
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_SPEC = FieldPath.of("spec")
_ON_NODES = frozenset({"NodePort", "LoadBalancer"})
_EXTERNAL_ADDRESSES_SINCE = Version(1, 29)
"""Since this version a Service with externalIPs loses its externalTrafficPolicy as others do."""


def service_change_errors(
    body: JSONObject, old: JSONObject, metadata: Iterable[FieldError], version: Version
) -> Iterator[FieldError]:
    """What is wrong with an updated Service; errors of its metadata come after the first checks."""
    merged = with_allocated(body, old, version)
    service = defaulted_service(merged)
    early = early_errors(service["spec"], version)
    if early:
        yield from early
        return
    yield from metadata
    yield from _immutable_errors(merged, old, version)
    yield from late_errors(service, version)


def with_allocated(body: JSONObject, old: JSONObject, version: Version) -> JSONObject:
    """A Service that keeps the allocated values of the old one, unless it sets its own."""
    spec, before = dict(body.get("spec", {})), defaulted_service(old)["spec"]
    kind = spec.get("type") or "ClusterIP"
    inside = "ExternalName" not in {kind, before["type"]}
    if inside:
        _keep_addresses(spec, before)
    if _same(spec, before, "clusterIP"):
        spec["clusterIPs"] = spec.get("clusterIPs") or before.get("clusterIPs", [])
    elif _same(spec, before, "clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]] if spec.get("clusterIP") else []
    if inside:
        for key in ("ipFamilies", "ipFamilyPolicy"):
            if not spec.get(key) and before.get(key):
                spec[key] = before[key]
    if kind in _ON_NODES and before["type"] in _ON_NODES:
        spec["ports"] = _with_node_ports(spec.get("ports", ()), before["ports"])
    if not spec.get("healthCheckNodePort") and before.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = before["healthCheckNodePort"]
    if inside and spec.get("ipFamilyPolicy") in {None, "SingleStack"}:
        _drop_second_family(before, spec)
    _drop_unneeded_fields({**spec, "type": kind}, before, spec, version)
    return {**body, "spec": spec}


def _keep_addresses(spec: JSONObject, old: JSONObject) -> None:
    """Fill in the addresses of the old Service where the new one names none."""
    for key in ("clusterIP", "clusterIPs"):
        if not spec.get(key) and old.get(key):
            spec[key] = old[key]


def _with_node_ports(ports: Iterable[JSONObject], old: Sequence[JSONObject]) -> list[JSONObject]:
    """The ports, each with the node port of the old port of its name, unless another port uses that."""
    ports = list(ports)
    used_node_ports = {port.get("nodePort") for port in ports}
    old_node_ports = {old_port.get("name", ""): old_port.get("nodePort") or 0 for old_port in old}
    free_node_ports = {
        name: number for name, number in old_node_ports.items() if number not in used_node_ports
    }
    return [
        {**port, "nodePort": port.get("nodePort") or free_node_ports.get(port.get("name", ""), 0)}
        for port in ports
    ]


def _drop_second_family(old: JSONObject, spec: JSONObject) -> None:
    """Keep the first of two IP families if only ipFamilyPolicy changes to SingleStack."""
    for key in ("clusterIPs", "ipFamilies"):
        if spec.get(key) and _same(spec, old, key):
            spec[key] = spec[key][:1]


def _drop_unneeded_fields(new: JSONObject, old: JSONObject, spec: JSONObject, version: Version) -> None:
    """Drop fields that the new type no longer needs and that are unchanged."""
    if new["type"] == "ExternalName" != old["type"]:
        if _same(new, old, "clusterIP") and _same(new, old, "clusterIPs"):
            spec.pop("clusterIP", None)
            spec.pop("clusterIPs", None)
        for key in ("ipFamilies", "ipFamilyPolicy"):
            if _same(new, old, key):
                spec.pop(key, None)
    if old["type"] in _ON_NODES and new["type"] not in _ON_NODES:
        old_node_ports = {port.get("nodePort") for port in old["ports"]}
        if all(
            not port.get("nodePort") or port["nodePort"] in old_node_ports for port in new.get("ports", ())
        ):
            spec["ports"] = [{**port, "nodePort": 0} for port in new.get("ports", ())]
    if (
        _reached_from_outside(old, version)
        and not _reached_from_outside(new, version)
        and _same(new, old, "externalTrafficPolicy")
    ):
        spec.pop("externalTrafficPolicy", None)
    if _checked_on_nodes(old) and not _checked_on_nodes(new) and _same(new, old, "healthCheckNodePort"):
        spec.pop("healthCheckNodePort", None)
    if old["type"] == "LoadBalancer" != new["type"]:
        for key in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if _same(new, old, key):
                spec.pop(key, None)


def _same(new: JSONObject, old: JSONObject, key: str) -> bool:
    return (new.get(key) or None) == (old.get(key) or None)


def _reached_from_outside(spec: JSONObject, version: Version) -> bool:
    if spec["type"] == "ClusterIP" and version >= _EXTERNAL_ADDRESSES_SINCE:
        return bool(spec.get("externalIPs"))
    return spec["type"] in _ON_NODES


def _checked_on_nodes(spec: JSONObject) -> bool:
    return spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _immutable_errors(body: JSONObject, old: JSONObject, version: Version) -> Iterator[FieldError]:
    spec, before = (defaulted_service(service)["spec"] for service in (body, old))
    new, stored = spec.get("clusterIPs", []), before.get("clusterIPs", [])
    inside = "ExternalName" not in {spec["type"], before["type"]}
    if inside and new and stored and new[0] != stored[0]:
        at = _SPEC.child("clusterIPs").index(0)
        yield invalid(at, go_strings("string", tuple(new), version), "may not change once set")
    balances = spec["type"] == before["type"] == "LoadBalancer"
    if balances and spec.get("loadBalancerClass") != before.get("loadBalancerClass"):
        name = spec.get("loadBalancerClass")
        yield invalid(_SPEC.child("loadBalancerClass"), name, "may not change once set", version)
    if all(map(_checked_on_nodes, (spec, before))) and not _same(spec, before, "healthCheckNodePort"):
        yield forbidden(_SPEC.child("healthCheckNodePort"), IMMUTABLE)
