"""Objects whose names cannot forge a line of a description.

kubectl does not escape names, and neither does this package: a line break in a role's name would begin a new
line. Objects that are printed for people are escaped here; text without control characters is unchanged.
"""

from typing import Any, TypeVar

import msgspec

from rbacpsp.model.meta import Object
from rbacpsp.report.escape import line

Described = TypeVar("Described", bound=Object)


def harmless(obj: Described) -> Described:
    """The object with the control characters of its strings escaped.

    Line breaks and tabs of annotations are kept: kubectl prints annotations on separate lines.
    """
    plain = msgspec.to_builtins(obj)
    safe = harmless_json(plain)
    annotations = plain.get("metadata", {}).get("annotations")
    if annotations:
        safe["metadata"]["annotations"] = {line(key): _text(text) for key, text in annotations.items()}
    safe_obj = msgspec.convert(safe, type(obj))
    return obj if safe_obj == obj else safe_obj


def harmless_json(value: Any) -> Any:
    """A JSON value with the control characters of its strings escaped."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, dict):
        return {line(key): harmless_json(item) for key, item in value.items()}
    return [harmless_json(item) for item in value] if isinstance(value, list | tuple) else value


def _text(text: str) -> str:
    return "\n".join("\t".join(map(line, row.split("\t"))) for row in text.split("\n"))
