"""The variables of one policy object, each expression once."""

import re
from collections.abc import Iterable

from rbacpsp.migration.cel.common import shared_variables

_ANNOTATIONS = (("seccomp.", "seccomp"), ("apparmor.", "appArmor"))


class Variables:
    """Collects named expressions and reuses the variable of an expression that repeats."""

    def __init__(self) -> None:
        self._expressions: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def number(self, stem: str, expression: str) -> str:
        """A reference to the variable of an expression, which is named by a stem and a number."""
        variable = self._names.get((stem, expression))
        if variable is None:
            count = self._counts[stem] = self._counts.get(stem, 0) + 1
            variable = self._names[stem, expression] = f"{stem}_{count}"
            self._expressions[variable] = expression
        return f"variables.{variable}"

    def set(self, name: str, expression: str) -> str:
        """A reference to a new variable of this name."""
        self._expressions[name] = expression
        return f"variables.{name}"

    def listed(self, expressions: Iterable[str]) -> list[dict[str, str]]:
        """Every variable, and the shared ones that these or others need, each after what it needs."""
        common = shared_variables((*self._expressions.values(), *expressions))
        return [{"name": name, "expression": text} for name, text in (*common, *self._expressions.items())]


def stem_of(field: str) -> str:
    """The first part of a variable's name, for a field or an annotation of a policy."""
    for prefix, word in _ANNOTATIONS:
        if field.startswith(prefix):
            return word
    return field.partition(".")[0]


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A unique CEL identifier for the name of each policy."""
    identifier_by_name: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        identifier_stem = re.sub(r"[^A-Za-z0-9]", "_", name)
        unique, count = identifier_stem, 1
        while unique in taken:
            count += 1
            unique = f"{identifier_stem}__{count}"
        taken.add(unique)
        identifier_by_name[name] = unique
    return identifier_by_name
