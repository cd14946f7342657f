"""The API server's validation of regular, init and ephemeral containers.

The order in which it looks at them changed in 1.25.
Source: pkg/apis/core/validation/validation.go validateContainers, validateContainerCommon,
validateInitContainers and validateEphemeralContainers, 1.24 to 1.37.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.validation.checks import label, one_of, required_text
from rbacpsp.admission.validation.pods.env import env_errors, env_from_errors
from rbacpsp.admission.validation.pods.mounts import device_errors, mount_errors
from rbacpsp.admission.validation.pods.ports import container_port_errors, host_port_conflicts
from rbacpsp.admission.validation.pods.probes import (
    PROBES,
    general_probe_errors,
    lifecycle_errors,
    own_probe_errors,
    probe_errors,
)
from rbacpsp.admission.validation.pods.resources import resource_errors
from rbacpsp.admission.validation.pods.restart import (
    container_restart_errors,
    init_restart_errors,
    resize_errors,
)
from rbacpsp.admission.validation.pods.windows import windows_option_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    invalid,
    not_found,
    required,
)
from rbacpsp.model.go_values import go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.validation import container_context_errors

_COMMON_SINCE = Version(1, 25)
"""Since this version all kinds of containers are validated in the same way."""
_SIDECARS_SINCE = Version(1, 28)
_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_NOT_ADDED = ("ports", "resources", *PROBES, "lifecycle")
"""The fields that an ephemeral container may not have, in the order of its Go type."""
_NOT_FOR_INIT = ("lifecycle", *PROBES)
_GO_TYPES = {"lifecycle": "core.Lifecycle", **dict.fromkeys(PROBES, "core.Probe")}


@dataclass(frozen=True, slots=True)
class Containers:
    """Validates the containers of one pod or one template."""

    spec: JSONObject
    volumes: dict[str, JSONObject]
    """The valid volumes, by name."""
    version: Version

    @property
    def _grace(self) -> int | None:
        return self.spec.get("terminationGracePeriodSeconds")

    @property
    def _claims(self) -> frozenset[str]:
        return frozenset(claim.get("name", "") for claim in self.spec.get("resourceClaims", ()))

    def errors(self, path: FieldPath) -> Iterator[FieldError]:
        """What is wrong with any of them."""
        if self.version < _COMMON_SINCE:
            yield from self._all_errors_before(path)
            return
        yield from self._regular_errors(path.child("containers"))
        yield from self._init_errors(path.child("initContainers"))
        yield from self._ephemeral_errors(path.child("ephemeralContainers"))

    def _regular_errors(self, path: FieldPath) -> Iterator[FieldError]:
        containers = self.spec.get("containers") or ()
        if not containers:
            yield required(path)
            return
        names: set[str] = set()
        for index, container in enumerate(containers):
            at, name = path.index(index), container.get("name", "")
            yield from self._common_errors(container, at)
            if name in names:
                yield duplicate(at.child("name"), name)
            names.add(name)
            yield from self._running_errors(container, at)
            yield from container_restart_errors(container, at, self.version)
        yield from host_port_conflicts(containers, path)

    def _running_errors(self, container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
        """The handlers and probes of a container that keeps running."""
        if "lifecycle" in container:
            yield from lifecycle_errors(
                container["lifecycle"], self.spec, path.child("lifecycle"), self.version
            )
        for name in PROBES:
            if name in container:
                yield from probe_errors(name, container[name], self._grace, path.child(name), self.version)

    def _init_errors(self, path: FieldPath) -> Iterator[FieldError]:
        names = {container.get("name", "") for container in self.spec.get("containers") or ()}
        for index, container in enumerate(self.spec.get("initContainers") or ()):
            at, name = path.index(index), container.get("name", "")
            yield from self._common_errors(container, at)
            yield from init_restart_errors(container, at, self.version)
            if name in names:
                yield duplicate(at.child("name"), name)
            elif name:
                names.add(name)
            yield from host_port_conflicts((container,), path)
            if container.get("restartPolicy") == "Always" and self.version >= _SIDECARS_SINCE:
                yield from self._running_errors(container, at)
            else:
                words = "may not be set for init containers"
                if self.version >= _SIDECARS_SINCE:
                    words += " without restartPolicy=Always"
                yield from (forbidden(at.child(key), words) for key in _NOT_FOR_INIT if key in container)
            yield from resize_errors(container, at, self.version, init=True)

    def _ephemeral_errors(self, path: FieldPath) -> Iterator[FieldError]:
        others = {
            container.get("name", "")
            for key in ("containers", "initContainers")
            for container in self.spec.get(key) or ()
        }
        names = set(others)
        for index, container in enumerate(self.spec.get("ephemeralContainers") or ()):
            at, name = path.index(index), container.get("name", "")
            yield from self._common_errors(container, at)
            yield from image_errors(container, at)
            if name in names:
                yield duplicate(at.child("name"), name)
            names.add(name)
            target = container.get("targetContainerName", "")
            if target and target not in others:
                yield not_found(at.child("targetContainerName"), target)
            yield from _added_errors(container, at)

    def _common_errors(self, container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
        yield from self._name_errors(container, path)
        yield from one_of(container, "terminationMessagePolicy", _MESSAGE_POLICIES, path, empty="")
        yield from self._inner_errors(container, path)

    def _name_errors(self, container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
        yield from required_text(container, "name", path)
        if container.get("name"):
            yield from label(container["name"], path.child("name"), self.version)
        yield from required_text(container, "image", path)

    def _inner_errors(self, container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
        version = self.version
        yield from container_port_errors(container.get("ports", ()), path.child("ports"), version)
        yield from env_errors(container.get("env", ()), path.child("env"), version)
        yield from env_from_errors(container.get("envFrom", ()), path.child("envFrom"), version)
        yield from mount_errors(container, self.volumes, path.child("volumeMounts"), version)
        yield from device_errors(container, self.volumes, path.child("volumeDevices"))
        yield from one_of(container, "imagePullPolicy", _PULL_POLICIES, path, empty="")
        resources = container.get("resources", {})
        yield from resource_errors(resources, self._claims, path.child("resources"), version)
        policy = self.spec.get("restartPolicy", "")
        yield from resize_errors(container, path, version, init=False, restart_policy=policy)
        context = container.get("securityContext")
        if context:
            at = path.child("securityContext")
            yield from container_context_errors(context, self.spec, at, version)
            yield from windows_option_errors(context, at, version)

    def _all_errors_before(self, path: FieldPath) -> Iterator[FieldError]:
        """The validation up to 1.24."""
        regular, init = self.spec.get("containers") or (), self.spec.get("initContainers") or ()
        yield from self._list_errors_before(regular, path.child("containers"))
        if init:
            at = path.child("initContainers")
            yield from self._list_errors_before(init, at, init=True)
            yield from self._init_errors_before(at)
        others = {container.get("name", "") for container in (*regular, *init)}
        for index, container in enumerate(self.spec.get("ephemeralContainers") or ()):
            at, name = path.child("ephemeralContainers").index(index), container.get("name", "")
            target = container.get("targetContainerName", "")
            if target and target not in others:
                yield not_found(at.child("targetContainerName"), target)
            if not name:
                yield required(at, "ephemeralContainer requires a name")
                continue
            yield from self._list_errors_before((container,), at)
            yield from image_errors(container, at.index(0))
            if name in others:
                yield duplicate(at.child("name"), name)
            others.add(name)
            yield from _added_errors(container, at)

    def _list_errors_before(
        self, containers: "list[JSONObject] | tuple[JSONObject, ...]", path: FieldPath, *, init: bool = False
    ) -> Iterator[FieldError]:
        if not containers:
            yield required(path)
            return
        names: set[str] = set()
        for index, container in enumerate(containers):
            at, name = path.index(index), container.get("name", "")
            yield from required_text(container, "name", at)
            if name:
                yield from label(name, at.child("name"), self.version)
            if name in names:
                yield duplicate(at.child("name"), name)
            names.add(name)
            yield from required_text(container, "image", at)
            yield from self._running_errors_before(container, at)
            policy = container.get("terminationMessagePolicy", "")
            if policy not in _MESSAGE_POLICIES:
                words = "must be 'File' or 'FallbackToLogsOnError'"
                yield invalid(at.child("terminationMessagePolicy"), policy, words)
            if "readinessProbe" in container:
                yield from self._probe_errors_before(container, "readinessProbe", at)
            yield from self._inner_errors(container, at)
        if init:
            for container in containers:
                yield from host_port_conflicts((container,), path)
        else:
            yield from host_port_conflicts(containers, path)

    def _running_errors_before(self, container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
        if "lifecycle" in container:
            at = path.child("lifecycle")
            yield from lifecycle_errors(container["lifecycle"], self.spec, at, self.version)
        if "livenessProbe" in container:
            yield from self._probe_errors_before(container, "livenessProbe", path)
        for own, general in (("readinessProbe", "startupProbe"), ("livenessProbe", ""), ("startupProbe", "")):
            if own in container:
                yield from own_probe_errors(own, container[own], path.child(own))
            if general and general in container:
                yield from self._probe_errors_before(container, general, path)

    def _probe_errors_before(self, container: JSONObject, name: str, path: FieldPath) -> Iterator[FieldError]:
        yield from general_probe_errors(container[name], self._grace, path.child(name), self.version)

    def _init_errors_before(self, path: FieldPath) -> Iterator[FieldError]:
        names = {container.get("name", "") for container in self.spec.get("containers") or ()}
        for index, container in enumerate(self.spec.get("initContainers") or ()):
            at, name = path.index(index), container.get("name", "")
            if name in names:
                yield duplicate(at.child("name"), name)
            for key in _NOT_FOR_INIT:
                if key in container:
                    handler_text = go_struct(_GO_TYPES[key], self.version)
                    yield invalid(at.child(key), handler_text, "must not be set for init containers")


def image_errors(container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """Fields that a container of a template may have, but not one of a pod."""
    image = container.get("image", "")
    if image != image.strip():
        yield invalid(path.child("image"), image, "must not have leading or trailing whitespace")


def _added_errors(container: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """Fields that an ephemeral container may not have."""
    words = "cannot be set for an Ephemeral Container"
    yield from (forbidden(path.child(key), words) for key in _NOT_ADDED if container.get(key))
    for index, mount in enumerate(container.get("volumeMounts", ())):
        for key in ("subPath", "subPathExpr"):
            if mount.get(key):
                yield forbidden(path.child("volumeMounts").index(index).child(key), words)
