"""Checks objects against the fields and types of each Kubernetes kind.

`tools/schema` writes the table (`schema.json`) from the Go types of k8s.io/api 0.24 and 0.37, the union of
both, and of openshift/api. A body is checked as the API server decodes one: a null is an absent field, an
unknown field is dropped and reported, a value of a wrong type is an error. Source of the decoding rules:
sigs.k8s.io/json (strict, case-sensitive) and apimachinery's Quantity, IntOrString and Time, 1.24.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from typing import Any

from rbacpsp.decode.scalars import json_number, json_value
from rbacpsp.decode.times import is_time
from rbacpsp.model.nesting import TOO_DEEP, is_too_deep
from rbacpsp.model.package_data import package_data
from rbacpsp.model.printable import shown
from rbacpsp.model.quantity_form import quantity_form
from rbacpsp.model.value_path import Path

_LONGEST_FIELD = 64
"""Longer names are not compared with field names, which would take long."""


class Issue:
    """Something wrong in a body; `path` is complete once `checked` has returned."""

    __slots__ = ("advice", "known", "message", "steps", "unknown")

    def __init__(
        self, message: str, advice: str, *, unknown: str | None = None, known: tuple[str, ...] = ()
    ) -> None:
        self.message = message
        self.advice = advice
        self.unknown = unknown
        self.known = known
        self.steps: list[str | int] = []

    @property
    def path(self) -> Path:
        """The keys and list indexes that lead to it, from the object's top."""
        return tuple(reversed(self.steps))


Check = Callable[[Any, list[Issue]], Any]
"""Returns a value as it is kept, and adds what is wrong with it to the list."""


def checked(kind: str, api_version: str, body: dict[str, Any]) -> tuple[dict[str, Any], list[Issue]]:
    """A copy of a body without nulls and unknown fields, and everything that is wrong with it.

    Raises:
        KeyError: The table has no such kind in that apiVersion.
    """
    issues: list[Issue] = []
    table = _kinds()
    check = _compile(table[f"{_ALIASES.get(api_version, api_version)}/{kind}"])[0]
    return check(body, issues), issues


_ALIASES = {"batch/v2alpha1": "batch/v1beta1"}
"""CronJob's first version has the same fields as the next one."""


def type_name(value: Any) -> str:
    """The type of a JSON value in words, with a short value."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {'true' if value else 'false'}"
        case str():
            return f'the string "{shown(value)}"'
        case int() | float():
            return f"the number {value}"
        case list() | tuple():
            return "a list"
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(package_data("rbacpsp.decode", "schema.json"))
    return loaded


@cache
def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = _table()["kinds"]
    return kinds


@cache
def _compile(name: str) -> tuple[Check, Any]:
    """The check of a type, and the value that Go decodes a null element of it to."""
    if name.startswith("[]"):
        return _list(name[2:]), ()
    if name.startswith("{}"):
        return _map(name[2:]), ()
    if name in _SCALARS:
        return _SCALARS[name]
    return _struct(name), {}


def _wrong(issues: list[Issue], expected: str, value: Any, advice: str = "") -> None:
    issues.append(Issue(f"must be {expected} and is {type_name(value)}", advice or f"write {expected}"))


def _struct(name: str) -> Check:
    fields: dict[str, str] = _table()["types"][name]
    exact = {key: _EXACT[kind] for key, kind in fields.items() if kind in _EXACT}
    checks: dict[str, Check] = {}

    def check(value: Any, issues: list[Issue]) -> Any:
        if not isinstance(value, dict):
            _wrong(issues, "an object", value, "write its fields below it")
            return {}
        kept = {}
        for key, inner in value.items():
            if inner.__class__ is exact.get(key):
                kept[key] = inner
                continue
            if inner is None and key in fields:
                continue
            count = len(issues)
            one = checks.get(key)
            if one is None:
                if key not in fields:
                    issues.append(_unknown(key, fields))
                    issues[-1].steps.append(key)
                    continue
                one = checks[key] = _compile(fields[key])[0]
            kept[key] = one(inner, issues)
            if len(issues) != count:
                for issue in issues[count:]:
                    issue.steps.append(key)
        return kept

    return check


def _unknown(key: Any, fields: dict[str, str]) -> Issue:
    name = str(key)
    close = get_close_matches(name, fields, 1) if len(name) <= _LONGEST_FIELD else []
    advice = f"did you mean {close[0]}?" if close else "remove it"
    return Issue("is not a field", advice, unknown=name, known=tuple(close))


def _list(element: str) -> Check:
    exact = _EXACT.get(element)
    check: Check | None = None
    words = f"a list of {_PLURALS.get(element, 'objects')}"

    def check_list(value: Any, issues: list[Issue]) -> Any:
        nonlocal check
        if not isinstance(value, list | tuple):
            _wrong(issues, words, value, "put it in a list: [...]")
            return []
        check = check or _compile(element)[0]
        kept = []
        for index, inner in enumerate(value):
            if inner.__class__ is exact:
                kept.append(inner)
                continue
            count = len(issues)
            kept.append(_zero(element) if inner is None else check(inner, issues))
            if len(issues) != count:
                for issue in issues[count:]:
                    issue.steps.append(index)
        return kept

    return check_list


def _map(element: str) -> Check:
    exact = _EXACT.get(element)
    check: Check | None = None

    def check_map(value: Any, issues: list[Issue]) -> Any:
        nonlocal check
        if not isinstance(value, dict):
            _wrong(issues, f"a map of {_PLURALS.get(element, 'objects')}", value)
            return {}
        check = check or _compile(element)[0]
        kept = {}
        for key, inner in value.items():
            if inner.__class__ is exact:
                kept[key] = inner
                continue
            count = len(issues)
            kept[key] = _zero(element) if inner is None else check(inner, issues)
            if len(issues) != count:
                for issue in issues[count:]:
                    issue.steps.append(key)
        return kept

    return check_map


def _zero(name: str) -> Any:
    """The value that Go decodes a null in a list or a map to."""
    value = _compile(name)[1]
    return type(value)() if isinstance(value, dict | tuple) else value


def _string(value: Any, issues: list[Issue]) -> Any:
    if isinstance(value, str):
        return value
    advice = "put it in quotes" if isinstance(value, bool | int | float) else ""
    _wrong(issues, "a string", value, advice)
    return ""


def _bool(value: Any, issues: list[Issue]) -> Any:
    if isinstance(value, bool):
        return value
    _wrong(issues, "a boolean", value, "write true or false, without quotes")
    return False


def _plain(value: Any) -> Any:
    """A whole float of JSON, such as 1e3, as the integer that kubectl sends instead."""
    return json_value(value) if isinstance(value, float) and value.is_integer() else value


def _integer(bits: int, words: str = "a whole number", advice: str = "write digits, without quotes") -> Check:
    highest = (1 << (bits - 1)) - 1

    def check(value: Any, issues: list[Issue]) -> Any:
        value = _plain(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if -highest - 1 <= value <= highest:
                return value
            issues.append(Issue(f"is {value}, which does not fit into {bits} bits", "write a smaller number"))
            return 0
        _wrong(issues, words, value, advice)
        return 0

    return check


def _time(value: Any, issues: list[Issue]) -> Any:
    if isinstance(value, str) and is_time(value):
        return value
    _wrong(issues, "a time", value, "write one such as 2026-01-31T12:00:00Z, or leave it out")
    return ""


def _quantity(value: Any, issues: list[Issue]) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(ValueError):
            return json_number(value)
    elif isinstance(value, str) and quantity_form(value):
        return value
    _wrong(issues, "a quantity", value, "write a number, with a suffix such as m, Mi or G where it has one")
    return "0"


_port_number = _integer(32, "a whole number or a string", "")


def _int_or_string(value: Any, issues: list[Issue]) -> Any:
    return value if isinstance(value, str) else _port_number(value, issues)


def _any(value: Any, issues: list[Issue]) -> Any:
    if is_too_deep(value):
        issues.append(Issue(f"cannot be read: {TOO_DEEP[0]}", TOO_DEEP[1]))
        return None
    return value


_PLURALS = {
    "string": "strings",
    "bool": "booleans",
    "int32": "whole numbers",
    "int64": "whole numbers",
    "quantity": "quantities",
    "[]string": "lists of strings",
}
_EXACT = {"string": str, "bytes": str, "bool": bool}
"""The types for which every value of a Python class is valid: testing for it avoids most calls."""
_SCALARS: dict[str, tuple[Check, Any]] = {
    "string": (_string, ""),
    "time": (_time, None),
    "bytes": (_string, ""),
    "bool": (_bool, False),
    "int32": (_integer(32), 0),
    "int64": (_integer(64), 0),
    "quantity": (_quantity, "0"),
    "intOrString": (_int_or_string, 0),
    "any": (_any, None),
}
