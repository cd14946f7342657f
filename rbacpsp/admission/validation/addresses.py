"""The API server's validation of the addresses of Services.

Source: pkg/apis/core/validation/validation.go ValidateServiceClusterIPsRelatedFields and ValidateEndpointIP,
apimachinery/pkg/util/validation/ip.go parseCIDR, pkg/api/service/util.go, 1.24 to 1.37.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    go_strings,
    invalid,
    not_supported,
    required,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import address_errors, sloppy_address
from rbacpsp.model.version import Version

_FAMILIES = ("IPv4", "IPv6")
_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_NONE = "None"
_EACH_RANGE_SINCE = Version(1, 33)
_STRICT_SINCE = Version(1, 36)
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"


def cluster_address_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the cluster addresses of a defaulted Service, and with their families."""
    if spec["type"] == "ExternalName":
        return
    one, every = spec.get("clusterIP", ""), spec.get("clusterIPs", [])
    families, policy = spec.get("ipFamilies", []), spec.get("ipFamilyPolicy")
    at = path.child("clusterIPs")
    addresses_text = go_strings("string", tuple(every), version)
    if one and every and every[0] != one:
        yield invalid(at, addresses_text, "first value must match `clusterIP`")
    elif one and not every:
        yield required(at)
    elif every and not one:
        yield invalid(at, addresses_text, "must be empty when `clusterIP` is not specified")
    for index, family in enumerate(families):
        family_path = path.child("ipFamilies").index(index)
        if family not in _FAMILIES:
            yield not_supported(family_path, family, _FAMILIES)
        if family in families[:index]:
            yield duplicate(family_path, family)
    if policy is not None and policy not in _POLICIES:
        yield not_supported(path.child("ipFamilyPolicy"), policy, _POLICIES)
    bad = []
    for index, address in enumerate(every):
        if index == 0 and address == _NONE:
            if every[1:]:
                bad.append(invalid(at, addresses_text, "'None' must be the first and only value"))
            continue
        words = address_errors(address, version, of_service=True)
        bad += [invalid(at.index(index), address, word) for word in words]
    yield from bad
    if len(every) > 2:
        yield invalid(at, addresses_text, "may only hold up to 2 values")
    if not bad:
        yield from _family_errors(every, families, path, version)


def _family_errors(
    every: list[str], families: list[str], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    at = path.child("clusterIPs")
    kinds = ["IPv6" if ":" in address else "IPv4" for address in every]
    if len(every) > 1 and len(set(kinds)) < 2:
        addresses_text = go_strings("string", tuple(every), version)
        yield invalid(at, addresses_text, "may specify no more than one IP for each IP family")
    if every == [_NONE]:
        return
    for index, (address, kind, family) in enumerate(zip(every, kinds, families, strict=False)):
        if family in _FAMILIES and family != kind:
            words = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            yield invalid(at.index(index), address, words)


def single_stack_errors(spec: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """Reports two addresses or IP families where the Service asks for one.

    That is the default, except for a Service without an address and without a selector, which gets both
    families (initIPFamilyFields).
    """
    if spec["type"] == "ExternalName" or spec.get("ipFamilyPolicy") not in {None, "SingleStack"}:
        return
    headless = spec.get("clusterIP") == _NONE and not spec.get("selector")
    if headless and spec.get("ipFamilyPolicy") is None:
        return
    at = path.child("ipFamilyPolicy")
    for key, plural_words in (("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")):
        values = spec.get(key, [])
        if len(values) > 1:
            words = (
                f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {plural_words} are specified"
            )
            yield invalid(at, "SingleStack", words)


def external_address_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the external addresses."""
    for index, text in enumerate(spec.get("externalIPs", ())):
        at = path.child("externalIPs").index(index)
        words = address_errors(text, version, of_service=True)
        yield from (invalid(at, text, word) for word in words or _special_problems(text))


def _special_problems(text: str) -> Iterator[str]:
    """Why a Service cannot have an address."""
    address = sloppy_address(text)
    if not isinstance(address, IPv4Address | IPv6Address):
        return
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_unspecified:
        yield f"may not be unspecified ({text})"
    if address.is_loopback:
        yield "may not be in the loopback range (127.0.0.0/8, ::1/128)"
    if address.is_link_local:
        yield "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
    nearby = address.is_multicast and (
        address in _LOCAL_MULTICAST if isinstance(address, IPv4Address) else text.lower().startswith("ff02:")
    )
    if nearby:
        yield "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"


_LOCAL_MULTICAST = frozenset(ip_address(f"224.0.0.{number}") for number in range(256))


def range_list_errors(
    spec: JSONObject, annotations: Mapping[str, str], version: Version
) -> Iterator[FieldError]:
    """What is wrong with loadBalancerSourceRanges."""
    ranges, annotation = spec.get("loadBalancerSourceRanges", ()), annotations.get(_RANGES)
    if ranges:
        path, values, ranges_text = (
            FieldPath.of("spec", "LoadBalancerSourceRanges"),
            ranges,
            f"[{' '.join(ranges)}]",
        )
    elif annotation is not None:
        path, ranges_text = FieldPath.of("metadata", "annotations").key(_RANGES), annotation
        values = annotation.strip().split(",") if annotation.strip() else []
    else:
        return
    if spec["type"] != "LoadBalancer":
        yield forbidden(path, _ONLY_BALANCERS)
    if version < _EACH_RANGE_SINCE:
        if any(_range_problem(value.strip(), version) for value in values):
            words = "must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 "
            yield invalid(path, ranges_text, words)
        return
    for index, text in enumerate(values):
        problem = _range_problem(text.strip(), version)
        if problem:
            yield invalid(path.index(index) if ranges else path, text.strip(), problem)


def _range_problem(text: str, version: Version) -> str:
    plain = re.sub(r"(?<![0-9A-Fa-f:])0+(?=[0-9])", "", text)
    try:
        interface = ip_interface(plain) if re.fullmatch(r"[^%]+/[0-9]{1,3}", plain, re.ASCII) else None
    except ValueError:
        interface = None
    if interface is None:
        return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    if version < _STRICT_SINCE:
        return ""
    if plain != text:
        return "must not have leading 0s in IP or prefix length"
    if isinstance(interface.ip, IPv6Address) and interface.ip.ipv4_mapped is not None:
        return "must not have an IPv4-mapped IPv6 address"
    if interface.ip != interface.network.network_address:
        return "must not have bits set beyond the prefix length"
    return ""
