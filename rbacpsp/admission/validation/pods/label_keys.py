"""Keys of labels whose values are those of the pod itself, beside the selectors of affinity and spread.

When a pod is created, the server writes the values into the selectors, and then looks at both.
Source: pkg/apis/core/validation/validation.go ValidateMatchLabelKeysAndMismatchLabelKeys and
ValidateMatchLabelKeysInTopologySpread, pkg/registry/core/pod/strategy.go mutatePodAffinity and
mutateTopologySpreadConstraints, 1.27 to 1.37.
"""

from collections.abc import Iterator, Mapping

from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.version import Version

AFFINITY_SINCE = Version(1, 31)
"""Since then terms of affinity have such keys."""
SPREAD_MERGED_SINCE = Version(1, 34)
"""Since then those of spread constraints are treated as those of affinity are."""
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
        result["topologySpreadConstraints"] = [_merged(constraint, labels) for constraint in constraints]
    return result


def _affinity(affinity: JSONObject, labels: Mapping[str, str]) -> JSONObject:
    result = dict(affinity)
    if REQUIRED in affinity:
        result[REQUIRED] = [_merged(term, labels) for term in affinity[REQUIRED]]
    if PREFERRED in affinity:
        result[PREFERRED] = [
            {**each, "podAffinityTerm": _merged(each.get("podAffinityTerm", {}), labels)}
            for each in affinity[PREFERRED]
        ]
    return result


def _merged(term: JSONObject, labels: Mapping[str, str]) -> JSONObject:
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
    """Keys whose values are those of the pod, beside a selector."""
    selector = term.get("labelSelector")
    keys, others = term.get("matchLabelKeys", ()), term.get("mismatchLabelKeys", ())
    for name, each in (("matchLabelKeys", keys), ("mismatchLabelKeys", others)):
        at = path.child(name)
        if each and selector is None:
            yield forbidden(at, "must not be specified when labelSelector is not set")
            continue
        for place, key in enumerate(each):
            yield from (invalid(at.index(place), key, words) for words in label_key_errors(key, version))
    seen = set((selector or {}).get("matchLabels", {}))
    for requirement in (selector or {}).get("matchExpressions", ()):
        key = requirement.get("key", "")
        if key in keys and key in seen:
            place = max(number for number, each in enumerate(keys) if each == key)
            yield invalid(path.index(place), key, "exists in both matchLabelKeys and labelSelector")
        seen.add(key)
    for place, key in enumerate(keys):
        if key in others:
            at = path.child("matchLabelKeys").index(place)
            yield invalid(at, key, "exists in both matchLabelKeys and mismatchLabelKeys")


def spread_keys_errors(each: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with such keys of a constraint, as they were looked at up to 1.33."""
    keys, selector = each.get("matchLabelKeys", ()), each.get("labelSelector")
    if not keys:
        return
    if selector is None:
        yield forbidden(path, "must not be specified when labelSelector is not set")
    requirements = (selector or {}).get("matchExpressions", ())
    there = {*(selector or {}).get("matchLabels", {}), *(one.get("key", "") for one in requirements)}
    for place, key in enumerate(keys):
        yield from (invalid(path.index(place), key, words) for words in label_key_errors(key, version))
        if key in there:
            yield invalid(path.index(place), key, "exists in both matchLabelKeys and labelSelector")
