"""Proposes changes that get a refused pod admitted: a grant, constraints to require, or fields to remove.

Each proposal is verified: the pod is admitted with it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import msgspec

from rbacpsp.model import Objects, Role, RoleBinding, Subject, User
from rbacpsp.model.field_error import FieldError
from rbacpsp.model.go import unquote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.origin import Document
from rbacpsp.model.rbac import GROUP as RBAC_GROUP
from rbacpsp.model.rbac import PolicyRule
from rbacpsp.model.request import AdmissionRequest, split_service_account
from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.rbac.mending import free_name
from rbacpsp.scc.admission import SCCAdmitter
from rbacpsp.scc.answer import REQUIRED_ANNOTATION, SCCAdmission

_STANDARD_ROLE = "system:openshift:scc:"
_CONTAINER = re.compile(r"\.(initContainers|containers|ephemeralContainers)\[(\d+)\]\.(.+)")
_PORT = re.compile(r"containers\[(\d+)\]\.hostPort")
_POD_FIELD = re.compile(r"\.spec\.securityContext\.(\w+)(?:\.(\w+))?")
_SYSCTL = re.compile(r"pod\.spec\.securityContext\.sysctls\[(\d+)\]")
_PROFILE = re.compile(r"pod\.metadata\.annotations\[(.+)\]")
_HOST_FIELDS = frozenset({"hostNetwork", "hostPID", "hostIPC"})

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SCCFix:
    """One change that gets a refused pod admitted, and the server's answer with it."""

    way: str
    """`grant`, `required-scc` or `fields`."""
    scc: str
    """The constraints that are granted or required, or that refuse the fields."""
    admission: SCCAdmission
    account: Subject | None = None
    """The service account that gets the grant."""
    objects: tuple[JSONObject, ...] = ()
    """The objects of the grant, for kubectl apply."""
    fields: tuple[str, ...] = ()
    """The fields to remove, or to change as the text after the field says."""


class SCCFixer:
    """Finds fixes in one cluster."""

    def __init__(self, objects: Objects, admitter: SCCAdmitter) -> None:
        self._objects = objects
        self._admitter = admitter

    def fixes(
        self, pod: JSONObject, refused: SCCAdmission, *, user: User | None, namespace: str
    ) -> tuple[SCCFix, ...]:
        """The fixes; those without a grant come first.

        Args:
            pod: The pod as submitted.
            refused: The answer to it.
            user: Who submits it.
            namespace: Where.
        """
        if refused.allowed or not refused.considered:
            return ()
        request = AdmissionRequest(user=user, namespace=namespace)
        fixes_without_grant = [*self._required(pod, refused, request), *self._fields(pod, refused, request)]
        return (*fixes_without_grant, *self._grants(pod, refused, request))

    def _required(
        self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest
    ) -> Iterator[SCCFix]:
        """Require other usable constraints if the winning ones make the pod invalid."""
        if refused.stage != "validation":
            return
        for name, considered in refused.considered.items():
            if considered.usable and not considered.errors and name != refused.admitted:
                changed_pod = deepcopy(pod)
                annotations = changed_pod.setdefault("metadata", {}).get("annotations") or {}
                changed_pod["metadata"]["annotations"] = {**annotations, REQUIRED_ANNOTATION: name}
                answer = self._admitter.admit(changed_pod, request)
                if answer.allowed:
                    yield SCCFix("required-scc", name, answer)
                    return

    def _fields(self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest) -> Iterator[SCCFix]:
        """Remove the fewest fields so that usable constraints admit the pod."""
        best: SCCFix | None = None
        for name, considered in refused.considered.items():
            if not considered.usable or not considered.errors:
                continue
            changed_pod = deepcopy(pod)
            fields = list(dict.fromkeys(_remove_refused_fields(changed_pod, considered.errors)))
            if not fields or (best is not None and len(fields) >= len(best.fields)):
                continue
            answer = self._admitter.admit(changed_pod, request)
            if answer.allowed:
                best = SCCFix("fields", name, answer, fields=tuple(fields))
        if best is not None:
            yield best

    def _grants(self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest) -> Iterator[SCCFix]:
        """Grant the most restrictive constraints that admit the pod to its service account."""
        account = next(
            (
                namespace_and_name
                for user in refused.asked[:1]
                if (namespace_and_name := split_service_account(user.name))
            ),
            None,
        )
        if account is None:
            return
        namespace, name = account
        admitting = [
            (considered.points, constraint)
            for constraint, considered in refused.considered.items()
            if not considered.usable and not considered.errors
        ]
        for _, constraint in sorted(admitting):
            objects = self._grant(constraint, namespace, name)
            answer = self._admission_with(objects, pod, request)
            if answer.allowed:
                yield SCCFix("grant", constraint, answer, Subject("ServiceAccount", name, namespace), objects)
                return

    def _grant(self, constraint: str, namespace: str, account: str) -> tuple[JSONObject, ...]:
        """A binding to the standard ClusterRole if it grants exactly this, else a Role and a binding."""
        rule = {
            "apiGroups": [GROUP],
            "resources": [RESOURCE],
            "resourceNames": [constraint],
            "verbs": ["use"],
        }
        rules_of_role = (msgspec.convert(rule, PolicyRule),)
        standard = self._objects.cluster_roles.get(_STANDARD_ROLE + constraint)
        objects: list[JSONObject] = []
        if standard is not None and standard.rules == rules_of_role and not standard.aggregation_rule:
            ref = {"kind": "ClusterRole", "name": standard.name}
        else:
            taken = {
                name
                for (role_namespace, name), role in self._objects.roles.items()
                if role_namespace == namespace and role.rules != rules_of_role
            }
            role = free_name(f"scc:{constraint}", taken)
            ref = {"kind": "Role", "name": role}
            metadata = {"name": role, "namespace": namespace}
            objects.append(
                {"apiVersion": f"{RBAC_GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
            )
        taken = {name for role_namespace, name in self._objects.role_bindings if role_namespace == namespace}
        binding = free_name(f"{ref['name']}:{account}", taken)
        objects.append(
            {
                "apiVersion": f"{RBAC_GROUP}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": binding, "namespace": namespace},
                "roleRef": {"apiGroup": RBAC_GROUP, **ref},
                "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            }
        )
        return tuple(objects)

    def _admission_with(
        self, objects: Iterable[JSONObject], pod: JSONObject, request: AdmissionRequest
    ) -> SCCAdmission:
        added = Objects()
        kinds: Mapping[str, Any] = {"Role": Role, "RoleBinding": RoleBinding}
        for obj in objects:
            added.add(msgspec.convert(obj, kinds[obj["kind"]]), Document("the proposed grant"))
        return self._admitter.with_objects(self._objects.changed(added)).admit(pod, request)


def _remove_refused_fields(pod: JSONObject, errors: Iterable[FieldError]) -> Iterator[str]:
    """Remove the fields that errors name from a pod, in place; yields their paths for the user."""
    spec = pod.get("spec") or {}
    for error in errors:
        path = error.field.partition(": ")[2] or error.field
        if match := _CONTAINER.fullmatch(path):
            yield from _remove_container_field(spec, match[1], int(match[2]), match[3], error)
        elif match := _POD_FIELD.fullmatch(path):
            yield from _remove_pod_field(spec, match[1], match[2])
        elif match := _SYSCTL.fullmatch(path):
            yield from _remove_field(spec, ("securityContext", "sysctls"))
        elif match := _PROFILE.fullmatch(path):
            yield from _remove_profile(pod, match[1])


def _remove_pod_field(spec: JSONObject, field: str, inner: str | None) -> Iterator[str]:
    if field in _HOST_FIELDS:
        yield from _remove_field(spec, (field,))
    elif field == "hostUsers":
        if spec.get("hostUsers") is not False:
            spec["hostUsers"] = False
            yield "spec.hostUsers: false"
    elif inner is not None:
        yield from _remove_field(spec, ("securityContext", field, inner))
    else:
        yield from _remove_field(spec, ("securityContext", field))


def _remove_container_field(
    spec: JSONObject, kind: str, number: int, field: str, error: FieldError
) -> Iterator[str]:
    if field in _HOST_FIELDS:
        yield from _remove_field(spec, (field,))
        return
    if _PORT.fullmatch(field):
        for index, container in enumerate(spec.get(kind) or ()):
            for port, _ in enumerate(container.get("ports") or ()):
                yield from _remove_field(spec, (kind, index, "ports", port, "hostPort"))
        return
    inside: Steps = (kind, number, "securityContext")
    if field == "capabilities.add":
        context = (spec.get(kind) or ())[number].get("securityContext") or {}
        added = (context.get("capabilities") or {}).get("add") or []
        value = unquote(error.value.strip('"'))
        if value in added:
            added.remove(value)
            yield f"spec.{kind}[{number}].securityContext.capabilities.add: without {value}"
        return
    steps = tuple(field.split("."))
    removed = list(_remove_field(spec, (*inside, *steps)))
    if not removed and len(steps) == 1:
        removed = list(_remove_field(spec, ("securityContext", *steps)))
    yield from removed


def _remove_profile(pod: JSONObject, key: str) -> Iterator[str]:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    if key in annotations:
        del annotations[key]
        yield f"metadata.annotations[{key}]"
    spec = pod.get("spec") or {}
    yield from _remove_field(spec, ("securityContext", "seccompProfile"))
    if key != POD_KEY:
        name = key.removeprefix(CONTAINER_PREFIX)
        for kind in ("initContainers", "containers"):
            for number, container in enumerate(spec.get(kind) or ()):
                if container.get("name") == name:
                    yield from _remove_field(spec, (kind, number, "securityContext", "seccompProfile"))


def _remove_field(spec: JSONObject, steps: Steps) -> Iterator[str]:
    """Remove a field if it is set; yields its path."""
    holder: Any = spec
    for step in steps[:-1]:
        if isinstance(holder, dict):
            holder = holder.get(step)
        elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
            holder = holder[step]
        else:
            return
    if isinstance(holder, dict) and steps[-1] in holder:
        del holder[steps[-1]]
        text = "spec"
        for step in steps:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        yield text
