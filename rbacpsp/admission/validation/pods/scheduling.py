"""The API server's validation of tolerations, affinity and topology spread constraints.

Source: pkg/apis/core/validation/validation.go ValidateTolerations, validateAffinity,
validateTopologySpreadConstraints, 1.24 to 1.37.
"""

from collections.abc import Iterator, Sequence

import msgspec

from rbacpsp.admission.validation.checks import label, one_of, positive, subdomain
from rbacpsp.admission.validation.pods.label_keys import (
    AFFINITY_SINCE,
    PREFERRED,
    REQUIRED,
    SPREAD_MERGED_SINCE,
    label_keys_errors,
    spread_keys_errors,
)
from rbacpsp.apply.validation.metadata import selector_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from rbacpsp.model.go_values import go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors, label_value_errors
from rbacpsp.model.rbac import LabelSelector
from rbacpsp.model.version import Version

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_COMPARING = ("Lt", "Gt")
_COMPARING_SINCE = Version(1, 35)
_VALUE_SHOWN_SINCE = Version(1, 32)
_NODE_VALUES_SINCE = Version(1, 32)
_SPREAD_SELECTORS_SINCE = Version(1, 27)
_SPREAD_POLICIES_SINCE = Version(1, 26)
_SPREAD_KEYS_SINCE = Version(1, 27)
_NAME_FIELD = "metadata.name"


def toleration_errors(
    tolerations: Sequence[JSONObject], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the tolerations of a pod."""
    for index, toleration in enumerate(tolerations):
        at = path.index(index)
        key, operator, value = (toleration.get(name, "") for name in ("key", "operator", "value"))
        if key:
            yield from (invalid(at.child("key"), key, words) for words in label_key_errors(key, version))
        elif operator != "Exists":
            words = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(at.child("operator"), operator, words)
        effect = toleration.get("effect", "")
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            words = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(at.child("effect"), effect, words)
        yield from _operator_errors(operator, value, at.child("operator"), version)
        if effect and effect not in _EFFECTS:
            yield not_supported(at.child("effect"), effect, _EFFECTS)


def _operator_errors(operator: str, value: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    match operator:
        case "Equal" | "":
            words = label_value_errors(value, version)
            if words:
                yield invalid(path, value, ";".join(words))
        case "Exists":
            if value:
                value_text = value if version >= _VALUE_SHOWN_SINCE else go_struct("core.Toleration", version)
                yield invalid(path, value_text, "value must be empty when `operator` is 'Exists'")
        case "Lt" | "Gt" if version >= _COMPARING_SINCE:
            yield not_supported(path, operator, ("Equal", "Exists", *_COMPARING))
        case _:
            yield not_supported(path, operator, ("Equal", "Exists"))


def affinity_errors(affinity: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with node affinity, pod affinity and pod anti-affinity."""
    if "nodeAffinity" in affinity:
        yield from _node_affinity_errors(affinity["nodeAffinity"], path.child("nodeAffinity"), version)
    for name in ("podAffinity", "podAntiAffinity"):
        at = path.child(name)
        for index, term in enumerate(affinity.get(name, {}).get(REQUIRED, ())):
            yield from _term_errors(term, at.child(REQUIRED).index(index), version)
        for index, weighted in enumerate(affinity.get(name, {}).get(PREFERRED, ())):
            preferred_path = at.child(PREFERRED).index(index)
            yield from _weight_errors(weighted, preferred_path)
            term = weighted.get("podAffinityTerm", {})
            yield from _term_errors(term, preferred_path.child("podAffinityTerm"), version)


def _weight_errors(weighted: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    weight = weighted.get("weight", 0)
    if not 1 <= weight <= 100:
        yield invalid(path.child("weight"), weight, "must be in the range 1-100")


def _node_affinity_errors(affinity: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if REQUIRED in affinity:
        at = path.child(REQUIRED, "nodeSelectorTerms")
        terms = affinity[REQUIRED].get("nodeSelectorTerms") or ()
        if not terms:
            yield required(at, "must have at least one node selector term")
        strict = version >= _NODE_VALUES_SINCE
        for index, term in enumerate(terms):
            yield from _node_term_errors(term, at.index(index), version, strict=strict)
    for index, wish in enumerate(affinity.get(PREFERRED, ())):
        at = path.child(PREFERRED).index(index)
        yield from _weight_errors(wish, at)
        yield from _node_term_errors(
            wish.get("preference", {}), at.child("preference"), version, strict=False
        )


def _node_term_errors(
    term: JSONObject, path: FieldPath, version: Version, *, strict: bool
) -> Iterator[FieldError]:
    for index, requirement in enumerate(term.get("matchExpressions", ())):
        at, values = path.child("matchExpressions").index(index), requirement.get("values", ())
        match requirement.get("operator", ""):
            case "In" | "NotIn":
                if not values:
                    words = "must be specified when `operator` is 'In' or 'NotIn'"
                    yield required(at.child("values"), words)
            case "Exists" | "DoesNotExist":
                if values:
                    words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    yield forbidden(at.child("values"), words)
            case "Gt" | "Lt":
                if len(values) != 1:
                    words = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                    yield required(at.child("values"), words)
            case operator:
                yield invalid(at.child("operator"), operator, "not a valid selector operator")
        key = requirement.get("key", "")
        yield from (invalid(at.child("key"), key, words) for words in label_key_errors(key, version))
        for number, value in enumerate(values if strict else ()):
            for words in label_value_errors(value, version):
                yield invalid(at.child("values").index(number), value, words)
    for index, requirement in enumerate(term.get("matchFields", ())):
        yield from _node_field_errors(requirement, path.child("matchFields").index(index), version)


def _node_field_errors(requirement: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    values, operator, key = (
        requirement.get("values", ()),
        requirement.get("operator", ""),
        requirement.get("key", ""),
    )
    if operator not in {"In", "NotIn"}:
        yield invalid(path.child("operator"), operator, "not a valid selector operator")
    elif len(values) != 1:
        words = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        yield required(path.child("values"), words)
    if key != _NAME_FIELD:
        yield invalid(path.child("key"), key, "not a valid field selector key")
        return
    for index, value in enumerate(values):
        yield from subdomain(value, path.child("values").index(index), version)


def _term_errors(term: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    for name in ("labelSelector", "namespaceSelector"):
        if name in term:
            selector = msgspec.convert(term[name], LabelSelector)
            yield from selector_errors(selector, path.child(name), version)
    for name in term.get("namespaces", ()):
        yield from label(name, path.child("namespace"), version)
    if version >= AFFINITY_SINCE:
        yield from label_keys_errors(term, path, version)
    key = term.get("topologyKey", "")
    if not key:
        yield required(path.child("topologyKey"), "can not be empty")
    yield from (invalid(path.child("topologyKey"), key, words) for words in label_key_errors(key, version))


def spread_errors(
    constraints: Sequence[JSONObject], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with topology spread constraints."""
    for index, constraint in enumerate(constraints):
        at = path.index(index)
        yield from positive(constraint, "maxSkew", at)
        key, action = constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
        if not key:
            yield required(at.child("topologyKey"), "can not be empty")
        yield from one_of(constraint, "whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), at)
        pair = (key, action)
        if any(
            (other.get("topologyKey", ""), other.get("whenUnsatisfiable", "")) == pair
            for other in constraints[index + 1 :]
        ):
            yield duplicate(at.child("{topologyKey, whenUnsatisfiable}"), f"{{{key}, {action}}}")
        domains = constraint.get("minDomains")
        if domains is not None:
            yield from positive(constraint, "minDomains", at)
            if action != "DoNotSchedule":
                words = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
                yield invalid(at.child("minDomains"), domains, words)
        if version >= _SPREAD_POLICIES_SINCE:
            for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
                if constraint.get(name) is not None:
                    yield from one_of(constraint, name, ("Honor", "Ignore"), at)
        if version >= SPREAD_MERGED_SINCE:
            yield from label_keys_errors({**constraint, "mismatchLabelKeys": ()}, at, version)
        elif version >= _SPREAD_KEYS_SINCE:
            yield from spread_keys_errors(constraint, at.child("matchLabelKeys"), version)
        if version >= _SPREAD_SELECTORS_SINCE and "labelSelector" in constraint:
            selector = msgspec.convert(constraint["labelSelector"], LabelSelector)
            yield from selector_errors(selector, at.child("labelSelector"), version)
