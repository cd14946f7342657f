"""The API server's validation of the podFailurePolicy, successPolicy and managedBy of a Job.

Source: pkg/apis/batch/validation/validation.go validatePodFailurePolicy, validateSuccessPolicy,
validateIndexesFormat, and apimachinery IsDomainPrefixedPath, 1.25 to 1.37.
"""

import re
from collections.abc import Iterator

from rbacpsp.admission.validation.checks import atoi, non_negative
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)
from rbacpsp.model.go import quote
from rbacpsp.model.go_values import go_integers
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors, regex_error, subdomain_errors
from rbacpsp.model.version import Version

_MOST_RULES, _MOST_CODES, _LONGEST_INDEXES, _LONGEST_MANAGER = 20, 255, 64 * 1024, 63
_STATUSES = ("False", "True", "Unknown")
_FAIL_INDEX_SINCE = Version(1, 29)
_PATH_FORM = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"


def failure_policy_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the policy for pods that fail."""
    rules, at = spec["podFailurePolicy"].get("rules", ()), path.child("rules")
    if len(rules) > _MOST_RULES:
        yield too_many(at, len(rules), _MOST_RULES)
    inner = spec.get("template", {}).get("spec", {})
    names = {
        container.get("name", "")
        for key in ("containers", "initContainers")
        for container in inner.get(key) or ()
    }
    for index, rule in enumerate(rules):
        yield from _failure_rule_errors(spec, rule, names, at.index(index), version)


def _failure_rule_errors(
    spec: JSONObject, rule: JSONObject, names: set[str], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    actions: tuple[str, ...] = ("Count", "FailIndex", "FailJob", "Ignore")
    if version < _FAIL_INDEX_SINCE:
        actions = ("Count", "FailJob", "Ignore")
    action, at = rule.get("action", ""), path.child("action")
    if not action:
        yield required(at, f"valid values: {_go_words(actions)}")
    elif action == "FailIndex" and version >= _FAIL_INDEX_SINCE:
        if spec.get("backoffLimitPerIndex") is None:
            yield invalid(at, action, "requires the backoffLimitPerIndex to be set")
    elif action not in actions:
        yield not_supported(at, action, actions)
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions", ())
    if codes is not None:
        yield from _code_errors(codes, names, path.child("onExitCodes"), version)
    yield from _condition_errors(conditions, path.child("onPodConditions"), version)
    if codes is not None and conditions:
        yield _without_value(path, "specifying both OnExitCodes and OnPodConditions is not supported")
    if codes is None and not conditions:
        yield _without_value(path, "specifying one of OnExitCodes and OnPodConditions is required")


def _without_value(path: FieldPath, words: str) -> FieldError:
    error = invalid(path, "", words)
    return FieldError(error.field, error.type, "", error.detail, error.at)


def _go_words(words: tuple[str, ...]) -> str:
    """A list of words as Go prints it."""
    return f"[{' '.join(map(quote, words))}]"


def _code_errors(
    codes: JSONObject, names: set[str], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    operator, values = codes.get("operator", ""), codes.get("values", ())
    if not operator:
        yield required(path.child("operator"), f"valid values: {_go_words(('In', 'NotIn'))}")
    elif operator not in {"In", "NotIn"}:
        yield not_supported(path.child("operator"), operator, ("In", "NotIn"))
    name = codes.get("containerName")
    if name is not None and name not in names:
        words = "must be one of the container or initContainer names in the pod template"
        yield invalid(path.child("containerName"), name, words)
    at, values_text = path.child("values"), go_integers("int32", codes.get("values"), version)
    if not values:
        yield invalid(at, values_text, "at least one value is required")
    elif len(values) > _MOST_CODES:
        yield too_many(at, len(values), _MOST_CODES)
    seen: set[int] = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            yield invalid(at.index(index), value, "must not be 0 for the In operator")
        if value in seen:
            error = duplicate(at.index(index), "")
            yield FieldError(error.field, error.type, str(value), error.detail, error.at)
        seen.add(value)
    if list(values) != sorted(values):
        yield invalid(at, values_text, "must be ordered")


def _condition_errors(
    conditions: "list[JSONObject] | tuple[JSONObject, ...]", path: FieldPath, version: Version
) -> Iterator[FieldError]:
    if len(conditions) > _MOST_RULES:
        yield too_many(path, len(conditions), _MOST_RULES)
    for index, condition in enumerate(conditions):
        at, kind, status = path.index(index), condition.get("type", ""), condition.get("status") or "True"
        yield from (invalid(at.child("type"), kind, words) for words in label_key_errors(kind, version))
        if status not in _STATUSES:
            yield not_supported(at.child("status"), status, _STATUSES)


def success_policy_errors(
    spec: JSONObject, completions: int, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with a successPolicy, by which a Job can succeed before all of its pods do."""
    rules, at = spec["successPolicy"].get("rules", ()), path.child("rules")
    if not rules:
        yield required(at, "at least one rules must be specified when the successPolicy is specified")
    if len(rules) > _MOST_RULES:
        yield too_many(at, len(rules), _MOST_RULES)
    for index, rule in enumerate(rules):
        yield from _success_rule_errors(rule, completions, at.index(index), version)


def _success_rule_errors(
    rule: JSONObject, completions: int, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and indexes is None:
        yield required(path, "at least one of succeededCount or succeededIndexes must be specified")
    limits = [(completions, "the number of specified completions")]
    if indexes is not None:
        at = path.child("succeededIndexes")
        if len(indexes.encode()) > _LONGEST_INDEXES:
            yield too_long(at, _LONGEST_INDEXES, version)
        try:
            total = _count_indexes(indexes, completions)
        except ValueError as problem:
            total = 0
            yield invalid(at, indexes, f"error parsing succeededIndexes: {problem}")
        limits.append((total, "the number of indexes in the specified succeededIndexes field"))
    if count is not None:
        yield from non_negative(rule, "succeededCount", path)
        at = path.child("succeededCount")
        for most, limit_words in limits:
            if count > most:
                yield invalid(at, count, f"must be less than or equal to {most} ({limit_words})")


def _count_indexes(text: str, completions: int) -> int:
    """How many indexes a text such as `0,2-4` names.

    Raises:
        ValueError: It names none, in the server's words.
    """
    total, last = 0, None
    for part in text.split(",") if text else ():
        limits = part.split("-")
        if len(limits) > 2:
            raise ValueError(
                f"the fragment {quote(part)} violates the requirement that an index interval can have at "
                "most two parts separated by '-'"
            )
        numbers = []
        for limit in limits:
            try:
                number = atoi(limit)
            except ValueError:
                words = f"cannot convert string to integer for index: {quote(limit)}"
                raise ValueError(words) from None
            if number >= completions:
                raise ValueError(f"too large index: {quote(limit)}")
            numbers.append(number)
        if "-" in part and numbers[0] >= numbers[1]:
            raise ValueError(f"non-increasing order, previous: {numbers[0]}, current: {numbers[1]}")
        if last is not None and last >= numbers[0]:
            raise ValueError(f"non-increasing order, previous: {last}, current: {numbers[0]}")
        total += numbers[-1] - numbers[0] + 1
        last = numbers[-1]
    return total


def managed_by_errors(name: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the name of a controller that manages a Job instead of Kubernetes' own."""
    host, slash, manager = name.partition("/")
    if not name:
        yield required(path)
    elif not (slash and host and manager):
        yield invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        yield from (invalid(path, host, words) for words in subdomain_errors(host, version))
        if not re.fullmatch(_PATH_FORM, manager):
            yield invalid(path, manager, regex_error("Invalid path", _PATH_FORM))
    if len(name.encode()) > _LONGEST_MANAGER:
        yield too_long(path, _LONGEST_MANAGER, version)
