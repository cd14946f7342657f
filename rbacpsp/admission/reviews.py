"""Answers review objects: fills in their status as the API server does.

Sources: pkg/registry/authorization/ and pkg/apis/authorization/validation/validation.go (1.24).
"""

from collections.abc import Callable, Mapping
from typing import Any

from rbacpsp.admission.admission_review import answer_admission
from rbacpsp.admission.pod_reviews import KINDS as POD_REVIEWS
from rbacpsp.admission.pod_reviews import answer_pod_review
from rbacpsp.admission.review_fields import ACCESS_KINDS, ACCESS_VERSIONS, groups_field
from rbacpsp.admission.server import APIServer
from rbacpsp.model import Request, User
from rbacpsp.model.argument_types import unknown_word
from rbacpsp.model.json import JSONObject


class ReviewError(ValueError):
    """The server would refuse the review; the message says why."""


def answer_review(server: APIServer, review: Any, user: User | None, plugin: str = "both") -> JSONObject:
    """A copy of the review with its answer.

    Args:
        server: The server of the cluster.
        review: An object of a kind in `KINDS`.
        user: The user who asks; self-subject reviews need it.
        plugin: The plugin that answers an AdmissionReview: one of `rbacpsp.admission.PLUGINS`.

    Raises:
        ReviewError: The kind is not that of a review, or the server would not accept the review.
    """
    if not isinstance(review, dict):
        raise ReviewError("it is not an object")
    kind = str(review.get("kind", ""))
    if kind not in KINDS:
        raise ReviewError(unknown_word("kind of review", kind, KINDS, "kinds"))
    version = review.get("apiVersion")
    if kind in ACCESS_KINDS and version and version not in ACCESS_VERSIONS:
        raise ReviewError(f'no matches for kind "{kind}" in version "{version}"')
    if kind == "AdmissionReview":
        try:
            return answer_admission(server, review, plugin)
        except ValueError as error:
            raise ReviewError(str(error)) from None
    if kind in POD_REVIEWS:
        try:
            return answer_pod_review(server, review, user)
        except ValueError as error:
            raise ReviewError(str(error)) from None
    return ANSWERS[kind](server, review, user)


def _subject_access(server: APIServer, review: JSONObject, _user: User | None) -> JSONObject:
    spec = _spec(review)
    groups_name = groups_field(review)
    groups = spec.get(groups_name) or []
    name = spec.get("user") or ""
    if (
        not isinstance(name, str)
        or not isinstance(groups, list)
        or not all(isinstance(g, str) for g in groups)
    ):
        raise ReviewError(f"spec.user must be a string and spec.{groups_name} a list of strings")
    if not name and not groups:
        raise ReviewError(f"at least one of spec.user or spec.{groups_name} must be specified")
    return _with_decision(server, review, User(name, tuple(groups)), _request(spec))


def _local_subject_access(server: APIServer, review: JSONObject, user: User | None) -> JSONObject:
    spec = _spec(review)
    if spec.get("resourceAttributes") is None:
        raise ReviewError("spec.resourceAttributes must be specified: a URL is in no namespace")
    namespace = (review.get("metadata") or {}).get("namespace") or ""
    if _request(spec).namespace != namespace:
        raise ReviewError("spec.resourceAttributes.namespace must match metadata.namespace")
    return _subject_access(server, review, user)


def _self_subject_access(server: APIServer, review: JSONObject, user: User | None) -> JSONObject:
    return _with_decision(server, review, _require_user(user), _request(_spec(review)))


def _self_subject_rules(server: APIServer, review: JSONObject, user: User | None) -> JSONObject:
    namespace = _spec(review).get("namespace") or ""
    if not isinstance(namespace, str) or not namespace:
        raise ReviewError("spec.namespace must name a namespace")
    return {**review, "status": server.rules_for(_require_user(user), namespace).status()}


def _with_decision(server: APIServer, review: JSONObject, user: User, request: Request) -> JSONObject:
    decision = server.authorize(user, request)
    reason = {"reason": decision.reason} if decision.reason else {}
    return {**review, "status": {"allowed": decision.allowed, **reason}}


def _require_user(user: User | None) -> User:
    if user is None:
        raise ReviewError("files do not say who is asking: pass --as USER (and --as-group GROUP)")
    return user


def _spec(review: JSONObject) -> Mapping[str, Any]:
    spec = review.get("spec")
    if not isinstance(spec, Mapping):
        raise ReviewError("there is no spec")
    return spec


def _request(spec: Mapping[str, Any]) -> Request:
    attributes = [key for key in ("resourceAttributes", "nonResourceAttributes") if spec.get(key) is not None]
    if len(attributes) != 1:
        raise ReviewError(
            "exactly one of spec.resourceAttributes or spec.nonResourceAttributes must be specified"
        )
    (attribute,) = attributes
    try:
        return Request.from_review(spec)
    except ValueError as error:
        raise ReviewError(f"spec.{attribute}: {error}") from None


Answer = Callable[[APIServer, JSONObject, User | None], JSONObject]

ANSWERS: Mapping[str, Answer] = {
    "SubjectAccessReview": _subject_access,
    "LocalSubjectAccessReview": _local_subject_access,
    "SelfSubjectAccessReview": _self_subject_access,
    "SelfSubjectRulesReview": _self_subject_rules,
}
"""The reviews about access."""

KINDS = ("AdmissionReview", *sorted((*ANSWERS, *POD_REVIEWS)))
"""Every kind of review that is answered."""
