"""Finds every object of one kind in a pod's spec: containers, volumes, probes and so on.

Each function takes a spec that `set_defaults` has checked, and yields the objects themselves, so that they
can be changed in place.
"""

from collections.abc import Iterator

from rbacpsp.model.json import JSONObject

CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")
"""The lists of a pod's containers, in the server's order."""

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_AFFINITIES = ("podAffinity", "podAntiAffinity")


def the_spec(spec: JSONObject) -> Iterator[JSONObject]:
    """The spec itself."""
    yield spec


def pod_containers(spec: JSONObject) -> Iterator[JSONObject]:
    """Every container of a pod's spec: init containers, containers, ephemeral containers."""
    for kind in CONTAINER_LISTS:
        yield from spec.get(kind, ())


def created_containers(spec: JSONObject) -> Iterator[JSONObject]:
    """The containers that a pod is created with: all but ephemeral ones."""
    yield from spec.get("initContainers", ())
    yield from spec.get("containers", ())


def pod_context(spec: JSONObject) -> Iterator[JSONObject]:
    """The pod's own securityContext, if it has one."""
    if "securityContext" in spec:
        yield spec["securityContext"]


def container_contexts(spec: JSONObject) -> Iterator[JSONObject]:
    """The securityContext of each container that has one."""
    for container in pod_containers(spec):
        yield from pod_context(container)


def contexts(spec: JSONObject) -> Iterator[JSONObject]:
    """The securityContext of the pod and of each container."""
    yield from pod_context(spec)
    yield from container_contexts(spec)


def windows_options(spec: JSONObject) -> Iterator[JSONObject]:
    """The Windows options of the pod and of each container."""
    for context in contexts(spec):
        if "windowsOptions" in context:
            yield context["windowsOptions"]


def volumes(spec: JSONObject) -> Iterator[JSONObject]:
    """The volumes."""
    yield from spec.get("volumes", ())


def mounts(spec: JSONObject) -> Iterator[JSONObject]:
    """The volume mounts of each container."""
    for container in pod_containers(spec):
        yield from container.get("volumeMounts", ())


def probes(spec: JSONObject) -> Iterator[JSONObject]:
    """The probes of each container."""
    for container in pod_containers(spec):
        for name in _PROBES:
            if name in container:
                yield container[name]


def probes_with_grace(spec: JSONObject) -> Iterator[JSONObject]:
    """The probes that may have their own grace period, which a readiness probe may not."""
    for container in pod_containers(spec):
        for name in ("livenessProbe", "startupProbe"):
            if name in container:
                yield container[name]


def spreads(spec: JSONObject) -> Iterator[JSONObject]:
    """The topology spread constraints."""
    yield from spec.get("topologySpreadConstraints", ())


def affinity_terms(spec: JSONObject) -> Iterator[JSONObject]:
    """The terms of the affinity and the anti-affinity to other pods."""
    for kind in _AFFINITIES:
        affinity = spec.get("affinity", {}).get(kind, {})
        yield from affinity.get("requiredDuringSchedulingIgnoredDuringExecution", ())
        for weighted in affinity.get("preferredDuringSchedulingIgnoredDuringExecution", ()):
            yield weighted.get("podAffinityTerm", {})
