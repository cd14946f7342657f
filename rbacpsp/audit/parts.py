"""What rules give by each of their resources: the same words are compared with the permissions once.

A cluster has many rules, and few combinations of verbs, groups and one resource.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from rbacpsp.audit.permission import Permission
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL

T = TypeVar("T")


class Parts(Generic[T]):
    """Compares rules resource by resource, leaving aside their resourceNames and URLs.

    Args:
        permissions: The permissions with which rules are compared.
        compare: What a rule of one resource, without names and URLs, gives; the order of its verbs must not
            matter.
    """

    def __init__(
        self, permissions: Iterable[Permission], compare: Callable[[PolicyRule], Iterable[T]]
    ) -> None:
        self._compare = compare
        self._any = {each.resource for each in permissions if each.any_subresource}
        self._verbs: dict[tuple[str, ...], frozenset[str]] = {}
        self._known: dict[tuple[frozenset[str], tuple[str, ...], str], tuple[T, ...] | None] = {}

    def of(self, rule: PolicyRule) -> list[T] | None:
        """What a rule gives by its resources, in their order.

        None where what one resource gives depends on another: with a `*`, and where any subresource will do.
        """
        verbs = self._verbs.get(rule.verbs)
        if verbs is None:
            verbs = self._verbs[rule.verbs] = frozenset(rule.verbs)
        groups, words = rule.api_groups, rule.resources
        found: list[T] = []
        for word in words if len(words) < 2 else dict.fromkeys(words):
            key = (verbs, groups, word)
            try:
                part = self._known[key]
            except KeyError:
                part = self._known[key] = self._part(rule.verbs, groups, word)
            if part is None:
                return None
            found += part
        return found

    def _part(self, verbs: tuple[str, ...], groups: tuple[str, ...], word: str) -> tuple[T, ...] | None:
        if ALL in word or word.partition("/")[0] in self._any:
            return None
        return tuple(self._compare(PolicyRule(verbs=verbs, api_groups=groups, resources=(word,))))
