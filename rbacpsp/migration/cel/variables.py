"""The variables of one policy object, each expression once."""

import re
from collections.abc import Iterable

from rbacpsp.migration.cel.common import needed

_ANNOTATIONS = (("seccomp.", "seccomp"), ("apparmor.", "appArmor"))


class Variables:
    """Collects named expressions; what is asked for twice is written once."""

    def __init__(self) -> None:
        self._expressions: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def number(self, stem: str, expression: str) -> str:
        """A variable of a stem and a number for an expression; a reference to it."""
        known = self._names.get((stem, expression))
        if known is None:
            count = self._counts[stem] = self._counts.get(stem, 0) + 1
            known = self._names[stem, expression] = f"{stem}_{count}"
            self._expressions[known] = expression
        return f"variables.{known}"

    def set(self, name: str, expression: str) -> str:
        """A variable of a name; a reference to it."""
        self._expressions[name] = expression
        return f"variables.{name}"

    def listed(self, expressions: Iterable[str]) -> list[dict[str, str]]:
        """Every variable, and the shared ones that these or others need, each after what it needs."""
        shared = needed((*self._expressions.values(), *expressions))
        return [{"name": name, "expression": text} for name, text in (*shared, *self._expressions.items())]


def stem_of(field: str) -> str:
    """A word for a field of a policy, or for its annotation, that may begin a variable's name."""
    for prefix, word in _ANNOTATIONS:
        if field.startswith(prefix):
            return word
    return field.partition(".")[0]


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """For each policy's name one that CEL takes, told apart from all others."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]", "_", name)
        unique, count = plain, 1
        while unique in taken:
            count += 1
            unique = f"{plain}__{count}"
        taken.add(unique)
        found[name] = unique
    return found
