"""AdmissionReview objects with their response, as the PodSecurityPolicy and PodSecurity plugins give it.

`rbacpsp.admission.pods` runs them, in a server's order.

Sources: k8s.io/api admission/v1/types.go; pkg/kubeapiserver/options/plugins.go and the two plugins'
admission.go (1.24).
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from rbacpsp.admission.json_patch import json_patch
from rbacpsp.admission.pods import ask_plugins, has_policies
from rbacpsp.admission.server import APIServer
from rbacpsp.model import KINDS, AdmissionRequest, User
from rbacpsp.model.go import QUOTED
from rbacpsp.model.json import JSONObject
from rbacpsp.psp import Admission
from rbacpsp.psp.admission import VALIDATED_ANNOTATION
from rbacpsp.pss import PSAdmission
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.paths import parse_path, with_value

PLUGINS = ("both", "psp", "psa")
"""The plugins to ask; `both` asks PodSecurityPolicy only where the server has it and policies were loaded."""
API_VERSIONS = ("admission.k8s.io/v1", "admission.k8s.io/v1beta1")

_AUDIT_PREFIX = "podsecuritypolicy.policy.k8s.io/"
_INVALID = re.compile(rf"(?:Namespace|Pod) {QUOTED} is invalid: ")
_KINDS = {
    (kind.group, kind.plural): kind.name for kind in KINDS if kind.kept in {"pods", "workloads", "namespaces"}
}
"""The kinds that PodSecurity checks; PodSecurityPolicy checks pods only."""


class ReviewRequest(Struct, frozen=True):
    """The request in a review."""

    uid: str
    kind: str
    """Empty where neither plugin checks the resource."""
    obj: JSONObject
    request: AdmissionRequest


class Response(Struct):
    """The response while it is being built."""

    message: str | None = None
    warnings: list[str] = field(default_factory=list)
    audit: dict[str, str] = field(default_factory=dict)
    patch: list[JSONObject] = field(default_factory=list)

    def document(self, uid: str) -> JSONObject:
        """The response as the API writes it."""
        response: JSONObject = {"uid": uid, "allowed": self.message is None}
        if self.message is not None:
            response["status"] = {"status": "Failure", "message": self.message, **_reason(self.message)}
        elif self.patch:
            text = json.dumps(self.patch, ensure_ascii=False, separators=(",", ":"))
            encoded = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
            response |= {"patch": encoded, "patchType": "JSONPatch"}
        if self.audit:
            response["auditAnnotations"] = dict(sorted(self.audit.items()))
        if self.warnings:
            response["warnings"] = self.warnings
        return response


def _reason(message: str) -> JSONObject:
    if _INVALID.match(message):
        return {"reason": "Invalid", "code": 422}
    if message.startswith("Internal error occurred: "):
        return {"reason": "InternalError", "code": 500}
    return {"reason": "Forbidden", "code": 403}


def answer_admission(server: APIServer, review: JSONObject, plugin: str = "both") -> JSONObject:
    """A copy of the review, with its response.

    Args:
        server: The server, with its namespaces, pods, policies and RBAC.
        review: An AdmissionReview of v1 or v1beta1.
        plugin: One of `PLUGINS`.

    Raises:
        ValueError: The review is invalid, or a server would not accept an object in it.
    """
    if review.get("apiVersion") not in API_VERSIONS:
        raise ValueError(f"apiVersion must be one of {', '.join(API_VERSIONS)}")
    parsed = _parse_request(review.get("request"))
    response = Response()
    if parsed.kind and parsed.request.operation in {"CREATE", "UPDATE"}:
        _ask_plugins(server, parsed, plugin, response)
    return {**review, "response": response.document(parsed.uid)}


def _ask_plugins(server: APIServer, parsed: ReviewRequest, plugin: str, response: Response) -> None:
    if parsed.kind != "Pod":
        if plugin != "psp":
            _add_pod_security(response, server.pss_admit(parsed.obj, parsed.request))
        return
    answer = ask_plugins(
        server,
        parsed.obj,
        parsed.request,
        policies=plugin == "psp" or (plugin == "both" and has_policies(server)),
        pod_security=plugin != "psp",
    )
    refused, admission = answer.refused, answer.policies
    if answer.pod_security is not None:
        _add_pod_security(response, answer.pod_security)
    response.message = refused.text if refused else None
    if admission is None:
        return
    created = parsed.request.operation == "CREATE"
    filled_in_by = (admission.policy or admission.filled_in_by) if created else ""
    if filled_in_by:
        response.audit[f"{_AUDIT_PREFIX}admit-policy"] = filled_in_by
    if created and admission.allowed:
        response.patch = json_patch(parsed.obj, _with_policy_fields(parsed.obj, admission))
    if admission.policy and refused is None:
        response.audit[f"{_AUDIT_PREFIX}validate-policy"] = admission.policy


def _add_pod_security(response: Response, answer: PSAdmission) -> None:
    response.message = answer.message
    response.warnings += answer.warnings
    response.audit |= {f"{LABEL_PREFIX}{key}": value for key, value in answer.audit.items()}


def _with_policy_fields(obj: JSONObject, admission: Admission) -> JSONObject:
    """The object with the fields that the policy fills in, and no others that the server sets."""
    if admission.policy is None:
        return obj
    for change in admission.considered[admission.policy].diff:
        obj = with_value(obj, parse_path(change.path), change.after)
    return with_value(obj, ("metadata", "annotations", VALIDATED_ANNOTATION), admission.policy)


def _parse_request(request: Any) -> ReviewRequest:
    if not isinstance(request, Mapping):
        raise ValueError("there is no request")
    operation = str(request.get("operation") or "")
    obj, old = request.get("object"), request.get("oldObject")
    for name, value in (("object", obj), ("oldObject", old)):
        if value is not None and not isinstance(value, dict):
            raise ValueError(f"request.{name} must be an object")
    kind = _kind(request)
    if obj is None and kind and operation in {"CREATE", "UPDATE"}:
        raise ValueError(f"request.object is missing: a {operation} is judged by it")
    return ReviewRequest(
        uid=str(request.get("uid") or ""),
        kind=kind,
        obj={**(obj or {}), "kind": kind},
        request=AdmissionRequest(
            user=_user(request.get("userInfo")),
            namespace=str(request.get("namespace") or "") or None,
            operation=operation,
            old=None if old is None else {**old, "kind": kind},
            subresource=str(request.get("subResource") or ""),
        ),
    )


def _kind(request: Mapping[str, Any]) -> str:
    resource = request.get("resource")
    if not isinstance(resource, Mapping) or not resource.get("resource"):
        raise ValueError('request.resource must name the resource, for example {"resource": "pods"}')
    return _KINDS.get((str(resource.get("group") or ""), str(resource["resource"])), "")


def _user(info: Any) -> User | None:
    if not isinstance(info, Mapping):
        return None
    groups = info.get("groups") or []
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise ValueError("request.userInfo.groups must be a list of strings")
    return User(str(info.get("username") or ""), tuple(groups))
