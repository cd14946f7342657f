"""What would make a refused pod admitted: the smallest grant, constraints to require, or fields to leave out.

Each proposal is proved: the pod is judged again with it.
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
from rbacpsp.model.objects import Document
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
class Fix:
    """One way to make a refused pod admitted, and the answer that the server would then give."""

    way: str
    """`grant`, `required-scc` or `fields`."""
    scc: str
    """The constraints that are granted or required, or that the fields are in the way of."""
    admission: SCCAdmission
    account: Subject | None = None
    """To whom the grant is."""
    objects: tuple[JSONObject, ...] = ()
    """The grant, as kubectl applies it."""
    fields: tuple[str, ...] = ()
    """The fields to leave out, or to change in the way that is said behind them."""


class Fixer:
    """Finds ways in one cluster."""

    def __init__(self, objects: Objects, admitter: SCCAdmitter) -> None:
        self._objects = objects
        self._admitter = admitter

    def fixes(
        self, pod: JSONObject, refused: SCCAdmission, *, user: User | None, namespace: str
    ) -> tuple[Fix, ...]:
        """The ways that would do, the ones that grant nothing first; none where no way was found.

        Args:
            pod: The pod as submitted.
            refused: The answer to it.
            user: Who submits it.
            namespace: Where.
        """
        if refused.allowed or not refused.considered:
            return ()
        request = AdmissionRequest(user=user, namespace=namespace)
        found = [*self._required(pod, refused, request), *self._fields(pod, refused, request)]
        return (*found, *self._grants(pod, refused, request))

    def _required(self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest) -> Iterator[Fix]:
        """Constraints that may be used, where those that win make the pod invalid."""
        if refused.stage != "validation":
            return
        for name, each in refused.considered.items():
            if each.usable and not each.errors and name != refused.admitted:
                changed = deepcopy(pod)
                annotations = changed.setdefault("metadata", {}).get("annotations") or {}
                changed["metadata"]["annotations"] = {**annotations, REQUIRED_ANNOTATION: name}
                answer = self._admitter.admit(changed, request)
                if answer.allowed:
                    yield Fix("required-scc", name, answer)
                    return

    def _fields(self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest) -> Iterator[Fix]:
        """The fewest fields that are in the way of constraints that may be used."""
        best: Fix | None = None
        for name, each in refused.considered.items():
            if not each.usable or not each.errors:
                continue
            changed = deepcopy(pod)
            fields = list(dict.fromkeys(_left_out(changed, each.errors)))
            if not fields or (best is not None and len(fields) >= len(best.fields)):
                continue
            answer = self._admitter.admit(changed, request)
            if answer.allowed:
                best = Fix("fields", name, answer, fields=tuple(fields))
        if best is not None:
            yield best

    def _grants(self, pod: JSONObject, refused: SCCAdmission, request: AdmissionRequest) -> Iterator[Fix]:
        """A grant of the most restrictive constraints that would admit the pod, to its service account."""
        account = next(
            (found for user in refused.asked[:1] if (found := split_service_account(user.name))), None
        )
        if account is None:
            return
        place, name = account
        would = [
            (each.points, constraint)
            for constraint, each in refused.considered.items()
            if not each.usable and not each.errors
        ]
        for _, constraint in sorted(would):
            objects = self._grant(constraint, place, name)
            answer = self._admitted_with(objects, pod, request)
            if answer.allowed:
                yield Fix("grant", constraint, answer, Subject("ServiceAccount", name, place), objects)
                return

    def _grant(self, constraint: str, namespace: str, account: str) -> tuple[JSONObject, ...]:
        """A binding of the standard ClusterRole where that gives just this, else of a Role."""
        rule = {
            "apiGroups": [GROUP],
            "resources": [RESOURCE],
            "resourceNames": [constraint],
            "verbs": ["use"],
        }
        same = (msgspec.convert(rule, PolicyRule),)
        standard = self._objects.cluster_roles.get(_STANDARD_ROLE + constraint)
        made: list[JSONObject] = []
        if standard is not None and standard.rules == same and not standard.aggregation_rule:
            ref = {"kind": "ClusterRole", "name": standard.name}
        else:
            taken = {
                name
                for (place, name), role in self._objects.roles.items()
                if place == namespace and role.rules != same
            }
            role = free_name(f"scc:{constraint}", taken)
            ref = {"kind": "Role", "name": role}
            metadata = {"name": role, "namespace": namespace}
            made.append(
                {"apiVersion": f"{RBAC_GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]}
            )
        taken = {name for place, name in self._objects.role_bindings if place == namespace}
        binding = free_name(f"{ref['name']}:{account}", taken)
        made.append(
            {
                "apiVersion": f"{RBAC_GROUP}/v1",
                "kind": "RoleBinding",
                "metadata": {"name": binding, "namespace": namespace},
                "roleRef": {"apiGroup": RBAC_GROUP, **ref},
                "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
            }
        )
        return tuple(made)

    def _admitted_with(
        self, objects: Iterable[JSONObject], pod: JSONObject, request: AdmissionRequest
    ) -> SCCAdmission:
        added = Objects()
        kinds: Mapping[str, Any] = {"Role": Role, "RoleBinding": RoleBinding}
        for each in objects:
            added.add(msgspec.convert(each, kinds[each["kind"]]), Document("the proposed grant"))
        return self._admitter.with_objects(self._objects.changed(added)).admit(pod, request)


def _left_out(pod: JSONObject, errors: Iterable[FieldError]) -> Iterator[str]:
    """Take away from a pod, in place, what errors are about: the fields, as a person writes them."""
    spec = pod.get("spec") or {}
    for error in errors:
        path = error.field.partition(": ")[2] or error.field
        if found := _CONTAINER.fullmatch(path):
            yield from _of_container(spec, found[1], int(found[2]), found[3], error)
        elif found := _POD_FIELD.fullmatch(path):
            yield from _of_pod(spec, found[1], found[2])
        elif found := _SYSCTL.fullmatch(path):
            yield from _without(spec, ("securityContext", "sysctls"))
        elif found := _PROFILE.fullmatch(path):
            yield from _of_profile(pod, found[1])


def _of_pod(spec: JSONObject, field: str, inner: str | None) -> Iterator[str]:
    if field in _HOST_FIELDS:
        yield from _without(spec, (field,))
    elif field == "hostUsers":
        if spec.get("hostUsers") is not False:
            spec["hostUsers"] = False
            yield "spec.hostUsers: false"
    elif inner is not None:
        yield from _without(spec, ("securityContext", field, inner))
    else:
        yield from _without(spec, ("securityContext", field))


def _of_container(spec: JSONObject, kind: str, number: int, field: str, error: FieldError) -> Iterator[str]:
    if field in _HOST_FIELDS:
        yield from _without(spec, (field,))
        return
    if _PORT.fullmatch(field):
        for each, container in enumerate(spec.get(kind) or ()):
            for port, _ in enumerate(container.get("ports") or ()):
                yield from _without(spec, (kind, each, "ports", port, "hostPort"))
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
    taken = list(_without(spec, (*inside, *steps)))
    if not taken and len(steps) == 1:
        taken = list(_without(spec, ("securityContext", *steps)))
    yield from taken


def _of_profile(pod: JSONObject, key: str) -> Iterator[str]:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    if key in annotations:
        del annotations[key]
        yield f"metadata.annotations[{key}]"
    spec = pod.get("spec") or {}
    yield from _without(spec, ("securityContext", "seccompProfile"))
    if key != POD_KEY:
        name = key.removeprefix(CONTAINER_PREFIX)
        for kind in ("initContainers", "containers"):
            for number, container in enumerate(spec.get(kind) or ()):
                if container.get("name") == name:
                    yield from _without(spec, (kind, number, "securityContext", "seccompProfile"))


def _without(spec: JSONObject, steps: Steps) -> Iterator[str]:
    """Take a field away, where it is there."""
    here: Any = spec
    for step in steps[:-1]:
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return
    if isinstance(here, dict) and steps[-1] in here:
        del here[steps[-1]]
        text = "spec"
        for step in steps:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        yield text
