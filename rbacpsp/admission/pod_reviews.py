"""Answers OpenShift's reviews of pods: who may create a pod under which constraints.

Source: openshift/api security/v1 PodSecurityPolicySubjectReview, PodSecurityPolicySelfSubjectReview and
PodSecurityPolicyReview; see `rbacpsp.scc.reviews` for how they are answered.
"""

from collections.abc import Mapping
from typing import Any

from rbacpsp.admission.server import APIServer
from rbacpsp.model import User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.scc import GROUP, KIND
from rbacpsp.scc.reviews import ReviewRefusedError

KINDS = ("PodSecurityPolicyReview", "PodSecurityPolicySelfSubjectReview", "PodSecurityPolicySubjectReview")
"""Every kind of review of a pod."""
_DEFAULT = "default"


def answer_pod_review(server: APIServer, review: JSONObject, user: User | None) -> JSONObject:
    """A copy of the review, with its status.

    Raises:
        ValueError: The server would refuse the review; the message is the server's, where it is known.
    """
    spec = review.get("spec")
    if not isinstance(spec, Mapping):
        raise ValueError("there is no spec")
    pod = _pod_spec(spec)
    metadata = review.get("metadata")
    metadata_namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    namespace = metadata_namespace if isinstance(metadata_namespace, str) and metadata_namespace else _DEFAULT
    reviewer = server.scc_admitter.reviewer
    try:
        if review["kind"] == "PodSecurityPolicyReview":
            names = _texts(spec, "serviceAccountNames")
            account_answer = reviewer.account_review(pod, namespace, names)
            allowed = [
                {"name": account, **_status(scc, filled)} for account, scc, filled in account_answer.allowed
            ]
            return {**review, "status": {"allowedServiceAccounts": allowed} if allowed else {}}
        asker = user if review["kind"] == "PodSecurityPolicySelfSubjectReview" else _user(spec)
        if asker is None:
            raise ValueError("files do not say who is asking: pass --as USER (and --as-group GROUP)")
        answer = reviewer.subject_review(pod, namespace, asker)
    except ReviewRefusedError as error:
        raise ValueError(str(error)) from None
    return {**review, "status": {} if answer.scc is None else _status(answer.scc, answer.spec)}


def _status(scc: str, filled: JSONObject | None) -> JSONObject:
    reference = {"kind": KIND, "apiVersion": f"{GROUP}/v1", "name": scc}
    return {"allowedBy": reference, **({} if filled is None else {"template": {"spec": filled}})}


def _user(spec: Mapping[str, Any]) -> User:
    name = spec.get("user") or ""
    if not isinstance(name, str):
        raise ValueError("spec.user must be a string")
    return User(name, tuple(_texts(spec, "groups")))


def _texts(spec: Mapping[str, Any], field: str) -> list[str]:
    texts = spec.get(field) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"spec.{field} must be a list of strings")
    return texts


def _pod_spec(spec: Mapping[str, Any]) -> JSONObject:
    template = spec.get("template")
    pod_spec = template.get("spec") if isinstance(template, dict) else None
    if not isinstance(pod_spec, dict):
        raise ValueError("spec.template.spec must be the spec of a pod")
    return pod_spec
