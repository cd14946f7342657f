"""Finds fields that access reviews do not have, which a server drops and kubectl refuses.

A misspelt field changes the question: without `namespace` it is about the whole cluster.
Source: k8s.io/api/authorization/v1 and v1beta1 types.go (1.21 and 1.37).
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.model.json import JSONObject
from rbacpsp.model.similar_names import did_you_mean, likeliest

BETA = "authorization.k8s.io/v1beta1"
"""Served before 1.22; it calls the groups of the user `group`."""
ACCESS_VERSIONS = ("authorization.k8s.io/v1", BETA)

_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
_ATTRIBUTES = ("resourceAttributes", "nonResourceAttributes")
_RESOURCE = (
    *("namespace", "verb", "group", "version", "resource", "subresource", "name"),
    *("fieldSelector", "labelSelector"),
)
_URL = ("path", "verb")
_SPECS = {
    "SubjectAccessReview": (*_ATTRIBUTES, "user", "groups", "extra", "uid"),
    "LocalSubjectAccessReview": (*_ATTRIBUTES, "user", "groups", "extra", "uid"),
    "SelfSubjectAccessReview": _ATTRIBUTES,
    "SelfSubjectRulesReview": ("namespace",),
}
ACCESS_KINDS = frozenset(_SPECS)
"""The kinds of reviews about access."""


def groups_field(review: JSONObject) -> str:
    """The name of the field of the user's groups."""
    return "group" if review.get("apiVersion") == BETA else "groups"


def unknown_review_fields(review: JSONObject) -> Iterator[str]:
    """A sentence for each field that an access review does not have; none for other kinds."""
    known = _SPECS.get(str(review.get("kind")))
    if known is None:
        return
    known = tuple(groups_field(review) if name == "groups" else name for name in known)
    spec = review.get("spec")
    yield from _unknown(review, "", _TOP)
    yield from _unknown(spec, "spec.", known)
    if isinstance(spec, dict):
        yield from _unknown(spec.get("resourceAttributes"), "spec.resourceAttributes.", _RESOURCE)
        yield from _unknown(
            spec.get("nonResourceAttributes"), "spec.nonResourceAttributes.", ("path", "verb")
        )


def _unknown(value: Any, path: str, known: tuple[str, ...]) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        if key not in known:
            close = did_you_mean(likeliest(str(key), known))
            yield f"{path}{key} is not a field and was left out{close}"
