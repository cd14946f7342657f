"""The API server's validation of the resource requests and limits of containers.

Source: pkg/apis/core/validation/validation.go ValidateResourceRequirements, ValidateContainerResourceName and
validateResourceClaimNames, and pkg/apis/core/helper/helpers.go, 1.24 to 1.37.
"""

from collections.abc import Callable, Iterator
from decimal import ROUND_UP, Decimal

from rbacpsp.admission.validation.checks import label
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from rbacpsp.model.go import quote
from rbacpsp.model.go_values import JSON_SINCE, go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.quantity import canonical_quantity, quantity_value

NameErrors = Callable[[str, FieldPath, Version], Iterator[FieldError]]

_CLAIMS_SINCE = Version(1, 26)
_LIMIT_SHOWN_SINCE = Version(1, 27)
_HUGE_PAGES = "hugepages-"
_QUOTA_PREFIX = "requests."
_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_STANDARD = frozenset(
    {
        *_OF_CONTAINERS,
        *(f"{kind}.{name}" for kind in ("requests", "limits") for name in _OF_CONTAINERS),
        *("pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"),
        *("persistentvolumeclaims", "storage", "requests.storage", "services.nodeports"),
        "services.loadbalancers",
    }
)
_WHOLE = frozenset(
    {
        *("pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"),
        *("persistentvolumeclaims", "services.nodeports", "services.loadbalancers"),
    }
)


def is_native(name: str) -> bool:
    """Whether Kubernetes defines a resource: its name has no domain, or one of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def _is_extended(name: str, version: Version) -> bool:
    if is_native(name) or name.startswith(_QUOTA_PREFIX):
        return False
    return not label_key_errors(f"{_QUOTA_PREFIX}{name}", version)


def may_overcommit(name: str) -> bool:
    """Whether a request may be less than the limit."""
    return is_native(name) and not name.startswith(_HUGE_PAGES)


def container_name_errors(name: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the name of a resource of a container."""
    yield from _name_errors(name, path, version)
    if "/" not in name:
        if name not in _OF_CONTAINERS and not name.startswith(_HUGE_PAGES):
            yield invalid(path, name, "must be a standard resource for containers")
    elif not is_native(name) and not _is_extended(name, version):
        yield invalid(path, name, "doesn't follow extended resource name standard")


def _name_errors(name: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    words = label_key_errors(name, version)
    yield from (invalid(path, name, word) for word in words)
    huge = name.startswith((_HUGE_PAGES, f"{_QUOTA_PREFIX}{_HUGE_PAGES}"))
    if not words and "/" not in name and name not in _STANDARD and not huge:
        yield invalid(path, name, "must be a standard resource type or fully qualified")


def pod_name_errors(name: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the name of a resource of a whole pod."""
    errors = list(_name_errors(name, path, version))
    yield from errors
    if not errors and name not in {"cpu", "memory"} and not name.startswith(_HUGE_PAGES):
        yield not_supported(path, name, ("cpu", "hugepages-", "memory"))


def quantity_errors(name: str, text: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the amount of a resource."""
    value = quantity_value(text)
    if value < 0:
        yield invalid(path, text, "must be greater than or equal to 0")
    if (name in _WHOLE or _is_extended(name, version)) and value != int(value):
        quantity_value_text = (
            GoText(quote(text)) if version >= JSON_SINCE else go_struct("resource.Quantity", version)
        )
        yield invalid(path, quantity_value_text, "must be an integer")


def _page_errors(name: str, text: str, path: FieldPath) -> Iterator[FieldError]:
    """The amount of huge pages must be a multiple of their size."""
    if not name.startswith(_HUGE_PAGES):
        return
    size: Decimal | None
    try:
        size = quantity_value(name.removeprefix(_HUGE_PAGES))
    except ValueError:
        size = None
    if (
        size is None
        or size <= 0
        or size != int(size)
        or quantity_value(text).to_integral_value(ROUND_UP) % size
    ):
        yield invalid(path, text, f"{text} is not positive integer multiple of {name}")


def resource_errors(
    resources: JSONObject,
    claims: frozenset[str],
    path: FieldPath,
    version: Version,
    names: NameErrors = container_name_errors,
) -> Iterator[FieldError]:
    """What is wrong with limits, requests and claims; the server names each kind in any order."""
    limits = {key: canonical_quantity(str(value)) for key, value in resources.get("limits", {}).items()}
    requests = {key: canonical_quantity(str(value)) for key, value in resources.get("requests", {}).items()}
    for name, text in limits.items():
        at = path.child("limits").key(name)
        yield from names(name, at, version)
        yield from quantity_errors(name, text, at, version)
        yield from _page_errors(name, text, at)
    for name, text in requests.items():
        at = path.child("requests").key(name)
        yield from names(name, at, version)
        yield from quantity_errors(name, text, at, version)
        yield from _limit_errors(name, text, limits.get(name), path, version)
        yield from _page_errors(name, text, at)
    resource_names = {*limits, *requests}
    if any(name.startswith(_HUGE_PAGES) for name in resource_names) and not resource_names & {
        "cpu",
        "memory",
    }:
        yield forbidden(path, "HugePages require cpu or memory")
    if version >= _CLAIMS_SINCE:
        yield from _claim_errors(resources.get("claims", ()), claims, path.child("claims"), version)


def _limit_errors(
    name: str, text: str, limit: str | None, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    if limit is None:
        if not may_overcommit(name):
            yield required(path.child("limits"), "Limit must be set for non overcommitable resources")
        return
    limit_words = f" of {limit}" if version >= _LIMIT_SHOWN_SINCE else ""
    requested, most = quantity_value(text), quantity_value(limit)
    if requested != most and not may_overcommit(name):
        yield invalid(path.child("requests"), text, f"must be equal to {name} limit{limit_words}")
    elif requested > most:
        yield invalid(
            path.child("requests"), text, f"must be less than or equal to {name} limit{limit_words}"
        )


def _claim_errors(
    claims: "tuple[JSONObject, ...] | list[JSONObject]",
    known: frozenset[str],
    path: FieldPath,
    version: Version,
) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        at, name, part = path.index(index), claim.get("name", ""), claim.get("request", "")
        if not name:
            yield required(at)
            continue
        if name in seen:
            yield duplicate(at, name)
        else:
            if part:
                yield from label(part, at.child("request"), version)
            key = f"{name}/{part}" if part else name
            if key in seen:
                yield duplicate(at, key)
            elif not part:
                yield from (duplicate(at, name) for claim_key in seen if claim_key.partition("/")[0] == name)
            seen.add(key)
        if name not in known:
            error = not_found(at, name)
            more = f": {', '.join(sorted(known))}" if known else " which is empty"
            words = f"must be one of the names in pod.spec.resourceClaims{more}"
            yield FieldError(error.field, error.type, error.value, words, error.at)
