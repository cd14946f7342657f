"""The API server's validation of the selector of a workload, which must match its own template.

Source: pkg/apis/apps/validation/validation.go ValidateDeploymentSpec and its like, 1.24 and 1.37.
"""

from collections.abc import Iterator

import msgspec

from rbacpsp.apply.selectors import selects
from rbacpsp.apply.validation.metadata import selector_errors, selects_nothing
from rbacpsp.model.field_error import FieldError, FieldPath, invalid, required
from rbacpsp.model.go_values import go_map, go_selector
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import LabelSelector
from rbacpsp.model.version import Version

_SELECTOR, _TEMPLATE = FieldPath.of("spec", "selector"), FieldPath.of("spec", "template")


def labels_of(template: JSONObject) -> JSONObject:
    """The labels of a template."""
    labels: JSONObject = template.get("metadata", {}).get("labels", {})
    return labels


def converted(selector: JSONObject) -> LabelSelector:
    """A selector that can be matched with labels; its types were checked when the object was decoded."""
    return msgspec.convert(selector, LabelSelector)


def selector_form_errors(spec: JSONObject, kind: str, version: Version) -> Iterator[FieldError]:
    """What is wrong with the selector itself; the message about an empty one names `kind`."""
    selector = spec.get("selector")
    if selector is None:
        yield required(_SELECTOR)
        return
    yield from selector_errors(converted(selector), _SELECTOR, version)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid(_SELECTOR, go_selector(selector, version), f"empty selector is invalid for {kind}")


def is_usable(selector: JSONObject | None, version: Version) -> bool:
    """Whether a selector is valid enough to be matched; an absent one is, and matches nothing."""
    return selector is None or not selects_nothing(converted(selector), version)


def mismatch_errors(spec: JSONObject, version: Version) -> Iterator[FieldError]:
    """A template whose labels its selector does not match; one that is absent matches nothing."""
    selector, template = spec.get("selector"), spec.get("template", {})
    labels = labels_of(template)
    matches = selector is not None and selects(converted(selector), labels)
    if not matches:
        labels_text = go_map(template.get("metadata", {}).get("labels"), version)
        at = _TEMPLATE.child("metadata", "labels")
        yield invalid(at, labels_text, "`selector` does not match template `labels`")
