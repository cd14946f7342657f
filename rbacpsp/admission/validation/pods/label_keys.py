"""matchLabelKeys and mismatchLabelKeys, which add the pod's own labels to a selector.

When a pod is created, the server writes the values of its labels into the selectors of affinity and topology
spread, and then validates the keys and the selectors. Source: pkg/apis/core/validation/validation.go
ValidateMatchLabelKeysAndMismatchLabelKeys and ValidateMatchLabelKeysInTopologySpread,
pkg/registry/core/pod/strategy.go mutatePodAffinity and mutateTopologySpreadConstraints, 1.27 to 1.37.
"""

from collections.abc import Iterator, Mapping

from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.version import Version

AFFINITY_SINCE = Version(1, 31)
"""Since then affinity terms have label keys."""
SPREAD_MERGED_SINCE = Version(1, 34)
"""Since then the server treats the keys of spread constraints as those of affinity."""
REQUIRED, PREFERRED = (f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred"))


def with_label_values(spec: JSONObject, labels: Mapping[str, str], version: Version) -> JSONObject:
    """The spec of a pod that is created, with the values of its labels in the selectors; a new value."""
    result = dict(spec)
    if version >= AFFINITY_SINCE and "affinity" in spec:
        result["affinity"] = {
            name: _affinity(inner, labels) if name != "nodeAffinity" else inner
            for name, inner in spec["affinity"].items()
        }
    if version >= SPREAD_MERGED_SINCE and "topologySpreadConstraints" in spec:
        constraints = spec["topologySpreadConstraints"]
        result["topologySpreadConstraints"] = [_with_values(constraint, labels) for constraint in constraints]
    return result


def _affinity(affinity: JSONObject, labels: Mapping[str, str]) -> JSONObject:
    result = dict(affinity)
    if REQUIRED in affinity:
        result[REQUIRED] = [_with_values(term, labels) for term in affinity[REQUIRED]]
    if PREFERRED in affinity:
        result[PREFERRED] = [
            {
                **weighted_term,
                "podAffinityTerm": _with_values(weighted_term.get("podAffinityTerm", {}), labels),
            }
            for weighted_term in affinity[PREFERRED]
        ]
    return result


def _with_values(term: JSONObject, labels: Mapping[str, str]) -> JSONObject:
    selector = term.get("labelSelector")
    added = [
        {"key": key, "operator": operator, "values": [labels[key]]}
        for name, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))
        for key in term.get(name, ())
        if key in labels
    ]
    if selector is None or not added:
        return term
    return {
        **term,
        "labelSelector": {**selector, "matchExpressions": [*selector.get("matchExpressions", ()), *added]},
    }


def label_keys_errors(term: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with label keys whose values come from the pod, and with a selector beside them."""
    selector = term.get("labelSelector")
    keys, others = term.get("matchLabelKeys", ()), term.get("mismatchLabelKeys", ())
    for name, list_keys in (("matchLabelKeys", keys), ("mismatchLabelKeys", others)):
        at = path.child(name)
        if list_keys and selector is None:
            yield forbidden(at, "must not be specified when labelSelector is not set")
            continue
        for index, key in enumerate(list_keys):
            yield from (invalid(at.index(index), key, words) for words in label_key_errors(key, version))
    seen = set((selector or {}).get("matchLabels", {}))
    for requirement in (selector or {}).get("matchExpressions", ()):
        key = requirement.get("key", "")
        if key in keys and key in seen:
            index = max(number for number, other_key in enumerate(keys) if other_key == key)
            yield invalid(path.index(index), key, "exists in both matchLabelKeys and labelSelector")
        seen.add(key)
    for index, key in enumerate(keys):
        if key in others:
            at = path.child("matchLabelKeys").index(index)
            yield invalid(at, key, "exists in both matchLabelKeys and mismatchLabelKeys")


def spread_keys_errors(constraint: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the matchLabelKeys of a constraint, as the server checks them up to 1.33."""
    keys, selector = constraint.get("matchLabelKeys", ()), constraint.get("labelSelector")
    if not keys:
        return
    if selector is None:
        yield forbidden(path, "must not be specified when labelSelector is not set")
    requirements = (selector or {}).get("matchExpressions", ())
    selected_keys = {
        *(selector or {}).get("matchLabels", {}),
        *(requirement.get("key", "") for requirement in requirements),
    }
    for index, key in enumerate(keys):
        yield from (invalid(path.index(index), key, words) for words in label_key_errors(key, version))
        if key in selected_keys:
            yield invalid(path.index(index), key, "exists in both matchLabelKeys and labelSelector")
