"""Values as the API server's validation prints them: until 1.33 as Go source, since then as JSON.

Source: apimachinery/pkg/util/validation/field/errors.go ErrorBody, 0.24 and 0.37.
"""

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Any

from rbacpsp.model.field_error import GoText, go_strings, json_text
from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

JSON_SINCE = Version(1, 34)
"""The first version that prints maps, lists and structs as JSON."""


def go_struct(name: str, version: Version) -> GoText:
    """A struct without its fields, since the server prints memory addresses among them."""
    return GoText("{...}" if version >= JSON_SINCE else f"{name}{{...}}")


def go_map(values: Mapping[str, str] | None, version: Version) -> GoText:
    """A map of strings, such as labels."""
    if version >= JSON_SINCE:
        return GoText(json_text(dict(sorted(values.items()))) if values is not None else "null")
    if values is None:
        return GoText("map[string]string(nil)")
    inner = ", ".join(f"{quote(key)}:{quote(value)}" for key, value in sorted(values.items()))
    return GoText(f"map[string]string{{{inner}}}")


def go_selector(selector: JSONObject, version: Version) -> GoText:
    """A label selector."""
    labels, requirements = selector.get("matchLabels"), selector.get("matchExpressions")
    if version >= JSON_SINCE:
        parts: dict[str, Any] = {"matchLabels": dict(sorted((labels or {}).items()))} if labels else {}
        if requirements:
            parts["matchExpressions"] = [_requirement_json(requirement) for requirement in requirements]
        return GoText(json_text(parts))
    inner = "(nil)"
    if requirements is not None:
        inner = f"{{{', '.join(map(_go_requirement, requirements))}}}"
    expressions = f"[]v1.LabelSelectorRequirement{inner}"
    return GoText(
        f"v1.LabelSelector{{MatchLabels:{go_map(labels, version)}, MatchExpressions:{expressions}}}"
    )


def _requirement_json(requirement: JSONObject) -> JSONObject:
    shown = {"key": requirement.get("key", ""), "operator": requirement.get("operator", "")}
    return shown | ({"values": list(requirement["values"])} if requirement.get("values") else {})


def _go_requirement(requirement: JSONObject) -> str:
    values = go_strings("string", tuple(requirement.get("values") or ()))
    key, operator = quote(requirement.get("key", "")), quote(requirement.get("operator", ""))
    return f"v1.LabelSelectorRequirement{{Key:{key}, Operator:{operator}, Values:{values}}}"


def go_int_or_string(value: int | str, version: Version) -> GoText:
    """A number, or a text such as `25%`."""
    if version >= JSON_SINCE:
        return GoText(dumps(value))
    if isinstance(value, str):
        return GoText(f"intstr.IntOrString{{Type:1, IntVal:0, StrVal:{quote(value)}}}")
    return GoText(f'intstr.IntOrString{{Type:0, IntVal:{value}, StrVal:""}}')


def go_integers(kind: str, values: Sequence[int] | None, version: Version) -> GoText:
    """A list of numbers of a type; None where it is absent."""
    if version >= JSON_SINCE:
        return GoText(json_text(list(values)) if values is not None else "null")
    return GoText(f"[]{kind}{{{', '.join(map(str, values))}}}" if values is not None else f"[]{kind}(nil)")
