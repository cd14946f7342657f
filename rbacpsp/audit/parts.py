"""What rules give by each of their resources: the same words are compared with the permissions once.

A cluster has many rules, and few combinations of verbs, groups and one resource.
"""

from collections.abc import Callable, Iterable, Sequence
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

    def of(self, rule: PolicyRule) -> Sequence[T] | None:
        """What a rule gives by its resources, in their order.

        None where what one resource gives depends on another: with a `*`, and where any subresource will do.
        """
        words = rule.resources
        if len(words) == 1:
            return self._of(rule, words[0])
        found: list[T] = []
        for word in dict.fromkeys(words):
            part = self._of(rule, word)
            if part is None:
                return None
            if part:
                found += part
        return found

    def gives_nothing(self, rule: PolicyRule) -> bool:
        """Whether a rule gives nothing by any of its resources; False where one depends on another."""
        return all(self._of(rule, word) == () for word in rule.resources)

    def _of(self, rule: PolicyRule, word: str) -> tuple[T, ...] | None:
        verbs = self._verbs.get(rule.verbs)
        if verbs is None:
            verbs = self._verbs[rule.verbs] = frozenset(rule.verbs)
        key = (verbs, rule.api_groups, word)
        try:
            return self._known[key]
        except KeyError:
            part = self._known[key] = self._part(rule.verbs, rule.api_groups, word)
            return part

    def _part(self, verbs: tuple[str, ...], groups: tuple[str, ...], word: str) -> tuple[T, ...] | None:
        if ALL in word or word.partition("/")[0] in self._any:
            return None
        return tuple(self._compare(PolicyRule(verbs=verbs, api_groups=groups, resources=(word,))))
