"""Objects whose names cannot forge a line of a description.

kubectl writes names as they are, and so does this package: a line break in a role's name would begin a line
of its own. What is printed for people goes through here first; text without control characters is unchanged.
"""

from typing import Any, TypeVar

import msgspec

from rbacpsp.model.meta import Object
from rbacpsp.report.escape import line

Described = TypeVar("Described", bound=Object)


def harmless(obj: Described) -> Described:
    """The object with the control characters of its strings spelled out.

    Line breaks and tabs of annotations stay: kubectl prints those in lines of their own.
    """
    plain = msgspec.to_builtins(obj)
    safe = harmless_json(plain)
    annotations = plain.get("metadata", {}).get("annotations")
    if annotations:
        safe["metadata"]["annotations"] = {line(key): _text(text) for key, text in annotations.items()}
    found = msgspec.convert(safe, type(obj))
    return obj if found == obj else found


def harmless_json(value: Any) -> Any:
    """A JSON value with the control characters of its strings spelled out."""
    if isinstance(value, str):
        return line(value)
    if isinstance(value, dict):
        return {line(key): harmless_json(each) for key, each in value.items()}
    return [harmless_json(each) for each in value] if isinstance(value, list | tuple) else value


def _text(text: str) -> str:
    return "\n".join("\t".join(map(line, row.split("\t"))) for row in text.split("\n"))
