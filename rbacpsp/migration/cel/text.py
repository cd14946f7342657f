"""Builds CEL text: literals, and the few forms of expressions that all controls use."""

from collections.abc import Iterable

from rbacpsp.model.psp import Range

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


def literal(text: str) -> str:
    """A string as a CEL literal, with escapes for special characters."""
    return "'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    return character if _FIRST_PRINTABLE <= code < _DELETE else f"\\U{code:08x}"


def strings(values: Iterable[str]) -> str:
    """A list of strings."""
    return f"[{', '.join(map(literal, values))}]"


def one_of(expression: str, values: Iterable[str]) -> str:
    """Whether a string is one of several; `false` for an empty list."""
    names = list(values)
    if not names:
        return "false"
    return f"{expression} == {literal(names[0])}" if len(names) == 1 else f"{expression} in {strings(names)}"


def within(number: str, ranges: Iterable[Range]) -> str:
    """Whether a number lies in one of the ranges; `false` for an empty list."""
    return any_of(
        f"{number} == {span.min}"
        if span.min == span.max
        else f"({number} >= {span.min} && {number} <= {span.max})"
        for span in dict.fromkeys(ranges)
    )


def any_of(conditions: Iterable[str]) -> str:
    """Whether one of several conditions holds, in parentheses where there are several."""
    distinct = list(dict.fromkeys(conditions))
    if not distinct:
        return "false"
    return distinct[0] if len(distinct) == 1 else f"({' || '.join(distinct)})"


def all_of(conditions: Iterable[str]) -> str:
    """Whether every one of several conditions holds."""
    distinct = list(dict.fromkeys(conditions))
    return " && ".join(distinct) if distinct else "true"


def matches_pattern(name: str, patterns: Iterable[str]) -> str:
    """Whether a name is one of the patterns, or begins with the text before a trailing `*`."""
    tests = []
    for pattern in patterns:
        if pattern == "*":
            return "true"
        if pattern.endswith("*"):
            tests.append(f"{name}.startsWith({literal(pattern[:-1])})")
        else:
            tests.append(f"{name} == {literal(pattern)}")
    return any_of(tests)


def container_field(field: str) -> str:
    """An optional field of the securityContext of the container `c`."""
    return f"c.?securityContext.?{field}"


def effective(field: str) -> str:
    """A field of the container's securityContext, or of the pod's if the container does not set it."""
    return f"{container_field(field)}.or(variables.pod.?{field})"


def every_container(condition: str) -> str:
    """Whether a condition holds for each container `c`, including init and ephemeral containers."""
    return f"variables.containers.all(c, {condition})"


def some_container(condition: str) -> str:
    """Whether a condition holds for any container `c`, including init and ephemeral containers."""
    return f"variables.containers.exists(c, {condition})"
