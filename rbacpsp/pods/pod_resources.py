"""Computes resources at the level of the pod: the sum over its containers, and the API server's defaults.

Sources: component-helpers resource/helpers.go AggregateContainerRequests, and pkg/apis/core/v1/defaults.go
defaultHugePagePodLimits and defaultPodRequests, 1.34 to 1.37.
"""

from decimal import Decimal

from rbacpsp.model.json import JSONObject
from rbacpsp.pods.quantity import canonical_quantity, quantity_text, quantity_value

HUGE_PAGES = "hugepages-"
"""The prefix of resource names for huge pages; the size follows."""
_OVERCOMMITTED = ("cpu", "memory")


def quality_of_service(spec: JSONObject) -> str:
    """The QoS class of a pod: BestEffort, Burstable or Guaranteed (pkg/apis/core/v1/helper/qos, 1.33)."""
    containers = [*spec.get("containers", ()), *spec.get("initContainers", ())]
    needs = [
        {
            kind: {
                name: value
                for name, text in container.get("resources", {}).get(kind, {}).items()
                if name in _OVERCOMMITTED and (value := quantity_value(str(text)))
            }
            for kind in ("requests", "limits")
        }
        for container in containers
    ]
    if not any(need["requests"] or need["limits"] for need in needs):
        return "BestEffort"
    limited = all(len(need["limits"]) == len(_OVERCOMMITTED) for need in needs)
    same = all(need["requests"] == need["limits"] for need in needs)
    return "Guaranteed" if limited and same else "Burstable"


def largest_sum(spec: JSONObject, kind: str, name: str) -> tuple[Decimal, str] | None:
    """The largest amount that the containers need at one time, and the text of one container's amount.

    None where no container names the resource; `kind` is `requests` or `limits`.
    """
    regular, init_containers = (
        [
            (str(value), container.get("restartPolicy") == "Always")
            for container in spec.get(key) or ()
            if (value := container.get("resources", {}).get(kind, {}).get(name)) is not None
        ]
        for key in ("containers", "initContainers")
    )
    if not regular and not init_containers:
        return None
    sidecars = most_of_init = Decimal(0)
    for text, is_sidecar in init_containers:
        amount = sidecars + quantity_value(text)
        most_of_init = max(most_of_init, amount)
        sidecars = amount if is_sidecar else sidecars
    total = sum((quantity_value(text) for text, _ in regular), sidecars)
    return max(total, most_of_init), (regular or init_containers)[0][0]


def default_pod_resources(spec: JSONObject) -> None:
    """Fill in the limits of huge pages and the requests of a pod that has resources itself."""
    resources = spec.get("resources")
    if not resources or not (resources.get("limits") or resources.get("requests")):
        return
    limits, requests = dict(resources.get("limits") or {}), dict(resources.get("requests") or {})
    for name in sorted(_named_by_containers(spec)):
        total = largest_sum(spec, "limits", name)
        if name.startswith(HUGE_PAGES) and total is not None and name not in {*limits, *requests}:
            limits[name] = quantity_text(*total)
    if limits:
        for name in _OVERCOMMITTED:
            total = largest_sum(spec, "requests", name)
            if total is not None and name not in requests:
                requests[name] = quantity_text(*total)
        for name, most in limits.items():
            if name in _OVERCOMMITTED or name.startswith(HUGE_PAGES):
                requests.setdefault(name, canonical_quantity(str(most)))
        resources["limits"] = limits
    if requests:
        resources["requests"] = requests


def _named_by_containers(spec: JSONObject) -> set[str]:
    return {
        name
        for key in ("containers", "initContainers")
        for container in spec.get(key) or ()
        for name in container.get("resources", {}).get("limits", ())
    }
