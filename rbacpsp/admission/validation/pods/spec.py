"""The API server's validation of the spec of a pod, or of a template, in its order.

Source: pkg/apis/core/validation/validation.go ValidatePodSpec, 1.24 to 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import label, one_of, subdomain
from rbacpsp.admission.validation.pods.containers import Containers
from rbacpsp.admission.validation.pods.dns import alias_errors, dns_errors, override_errors, sysctl_errors
from rbacpsp.admission.validation.pods.levels import claim_source_errors, pod_resource_errors
from rbacpsp.admission.validation.pods.ports import host_network_errors
from rbacpsp.admission.validation.pods.resources import resource_errors
from rbacpsp.admission.validation.pods.scheduling import affinity_errors, spread_errors, toleration_errors
from rbacpsp.admission.validation.pods.volumes import volume_errors
from rbacpsp.admission.validation.pods.windows import windows_option_errors
from rbacpsp.apply.validation.metadata import label_map_errors
from rbacpsp.model.field_error import FieldError, FieldPath, duplicate, forbidden, invalid, not_found
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.text_validation import range_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.parts import CONTAINER_LISTS
from rbacpsp.pods.validation import host_process_errors, pod_context_errors, system_errors

_LONGEST_SECONDS = (1 << 31) - 1
_GATES_SINCE = Version(1, 27)
"""Since then a pod may wait for gates to open before it is scheduled."""
_USER_NAMESPACES_SINCE = Version(1, 33)
_NETWORK_APART_SINCE = Version(1, 28)
"""Since then the server checks ports on the host network before the security context."""
_FILES_SINCE = Version(1, 35)
_RESTARTS = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTIONS = ("PreemptLowerPriority", "Never")


def pod_spec_errors(
    spec: JSONObject, path: FieldPath, version: Version, *, pod_name: str = "", in_template: bool = True
) -> Iterator[FieldError]:
    """Everything that is wrong with a defaulted spec.

    Args:
        spec: Of a pod or of a template.
        path: The path of the spec.
        version: The server's.
        pod_name: The name of the pod, from which the names of claims are derived.
        in_template: Whether it is a template's.
    """
    volumes, errors = volume_errors(spec.get("volumes", ()), pod_name, path.child("volumes"), version)
    yield from errors
    yield from claim_source_errors(spec.get("resourceClaims", ()), path.child("resourceClaims"), version)
    yield from Containers(spec, volumes, version).errors(path)
    yield from pod_resource_errors(spec, path, version)
    apart = version >= _NETWORK_APART_SINCE
    if apart:
        yield from host_network_errors(spec, path, version, in_template=in_template)
    yield from one_of(spec, "restartPolicy", _RESTARTS, path, empty="")
    yield from one_of(spec, "dnsPolicy", _DNS_POLICIES, path, empty="")
    yield from label_map_errors(spec.get("nodeSelector", {}), path.child("nodeSelector"), version)
    if not apart:
        yield from host_network_errors(spec, path, version, in_template=in_template)
    yield from _context_errors(spec, path, version)
    if "affinity" in spec:
        yield from affinity_errors(spec["affinity"], path.child("affinity"), version)
    yield from dns_errors(spec, path, version)
    for index, gate in enumerate(spec.get("readinessGates", ())):
        at, name = (
            path.child("readinessGates").index(index).child("conditionType"),
            gate.get("conditionType", ""),
        )
        yield from (invalid(at, name, words) for words in label_key_errors(name, version))
    yield from _gate_errors(spec, path.child("schedulingGates"), version)
    constraints = spec.get("topologySpreadConstraints", ())
    yield from spread_errors(constraints, path.child("topologySpreadConstraints"), version)
    yield from host_process_errors(spec, path)
    yield from _host_users_errors(spec, path, version)
    yield from override_errors(spec, path, version)
    yield from _name_errors(spec, path, version)
    yield from _late_errors(spec, path, version)


def _context_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    context = spec.get("securityContext", {})
    at = path.child("securityContext")
    yield from sysctl_errors(spec, at.child("sysctls"), version)
    policy = context.get("fsGroupChangePolicy")
    if policy is not None:
        yield from one_of(context, "fsGroupChangePolicy", ("Always", "OnRootMismatch"), at)
    yield from pod_context_errors(context, at)
    yield from windows_option_errors(context, at, version)
    for name, known in (
        ("supplementalGroupsPolicy", ("Merge", "Strict")),
        ("seLinuxChangePolicy", ("MountOption", "Recursive")),
    ):
        if context.get(name) is not None:
            yield from one_of(context, name, known, at)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        words = "ShareProcessNamespace and HostPID cannot both be enabled"
        context_path = path if version >= _NETWORK_APART_SINCE else at
        yield invalid(context_path.child("shareProcessNamespace"), value=True, detail=words)


def _gate_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if version < _GATES_SINCE:
        return
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates", ())):
        at, name = path.index(index), gate.get("name", "")
        yield from (invalid(at, name, words) for words in label_key_errors(name, version))
        if name in seen:
            yield duplicate(at, name)
        seen.add(name)


def _host_users_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if version < _USER_NAMESPACES_SINCE or spec.get("hostUsers", True):
        return
    words = "when `hostUsers` is false"
    for key, field_words in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(key):
            yield forbidden(path.child(field_words), words)
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(kind, ())):
            if container.get("volumeDevices"):
                yield forbidden(path.child(kind).index(index).child("volumeDevices"), words)


def _name_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    for name in ("serviceAccountName", "nodeName"):
        if spec.get(name):
            yield from subdomain(spec[name], path.child(name), version)
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None:
        for words in range_errors(seconds, 1, _LONGEST_SECONDS):
            yield invalid(path.child("activeDeadlineSeconds"), seconds, words)
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            yield from label(spec[name], path.child(name), version)


def _late_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    yield from toleration_errors(spec.get("tolerations", ()), path.child("tolerations"), version)
    yield from alias_errors(spec.get("hostAliases", ()), path.child("hostAliases"), version)
    if spec.get("priorityClassName"):
        yield from subdomain(spec["priorityClassName"], path.child("priorityClassName"), version)
    if spec.get("runtimeClassName") is not None:
        yield from subdomain(spec["runtimeClassName"], path.child("runtimeClassName"), version)
    if spec.get("preemptionPolicy") is not None:
        yield from one_of(spec, "preemptionPolicy", _PREEMPTIONS, path, empty="")
    yield from resource_errors(
        {"limits": spec.get("overhead", {})}, frozenset(), path.child("overhead"), version
    )
    yield from system_errors(spec, path, version)
    if version >= _FILES_SINCE:
        yield from _file_volume_errors(spec, path)


def _file_volume_errors(spec: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """The volume of a file that sets a variable must be an emptyDir."""
    volumes = {volume.get("name", ""): volume for volume in spec.get("volumes", ())}
    for kind in CONTAINER_LISTS:
        for index, container in enumerate(spec.get(kind, ())):
            for number, variable in enumerate(container.get("env", ())):
                reference = variable.get("valueFrom", {}).get("fileKeyRef")
                if reference is None:
                    continue
                at = path.child(kind).index(index).child("env").index(number)
                name_path, name = (
                    at.child("valueFrom", "fileKeyRef", "volumeName"),
                    reference.get("volumeName", ""),
                )
                if name not in volumes:
                    yield not_found(name_path, name)
                elif "emptyDir" not in volumes[name]:
                    yield invalid(name_path, name, "referenced volume must be of type emptyDir")
