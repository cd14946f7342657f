"""Compares rules with permissions resource by resource, so that equal parts are compared only once.

A cluster has many rules, and few combinations of verbs, groups and one resource.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from rbacpsp.audit.permission import Permission
from rbacpsp.model import PolicyRule
from rbacpsp.rbac.match import ALL

T = TypeVar("T")
ByWord = dict[str, tuple[T, ...] | None]


class Parts(Generic[T]):
    """Compares rules resource by resource, without their resourceNames and URLs.

    Args:
        permissions: The permissions with which rules are compared.
        compare: Returns the permissions that a rule of one resource grants, whatever the order of its verbs;
            the rule has no names and no URLs.
    """

    def __init__(
        self, permissions: Iterable[Permission], compare: Callable[[PolicyRule], Iterable[T]]
    ) -> None:
        self._compare = compare
        self._any = {permission.resource for permission in permissions if permission.any_subresource}
        self._known: dict[tuple[frozenset[str], tuple[str, ...]], ByWord[T]] = {}
        self._as_written: dict[tuple[str, ...], dict[tuple[str, ...], ByWord[T]]] = {}
        """By the verbs in their order and the groups, which is faster than to sort the verbs of each rule."""

    def of(self, rule: PolicyRule) -> Sequence[T] | None:
        """The permissions that a rule grants, in the order of its resources.

        None where the resources must be compared together: with a `*`, and where any subresource counts.
        """
        words, known = rule.resources, self._by_word(rule)
        if len(words) == 1:
            word = words[0]
            return known[word] if word in known else self._part(known, rule, word)
        parts: list[T] = []
        for word in dict.fromkeys(words):
            part = known[word] if word in known else self._part(known, rule, word)
            if part is None:
                return None
            if part:
                parts += part
        return parts

    def gives_nothing(self, rule: PolicyRule) -> bool:
        """Whether none of its resources grants anything; False where they must be compared together."""
        known = self._by_word(rule)
        for word in rule.resources:
            if (known[word] if word in known else self._part(known, rule, word)) != ():
                return False
        return True

    def _by_word(self, rule: PolicyRule) -> ByWord[T]:
        """The results for rules with these verbs and groups, by resource."""
        by_groups = self._as_written.get(rule.verbs)
        if by_groups is None:
            by_groups = self._as_written[rule.verbs] = {}
        known = by_groups.get(rule.api_groups)
        if known is None:
            known = self._known.setdefault((frozenset(rule.verbs), rule.api_groups), {})
            by_groups[rule.api_groups] = known
        return known

    def _part(self, known: ByWord[T], rule: PolicyRule, word: str) -> tuple[T, ...] | None:
        part = None
        if ALL not in word and word.partition("/")[0] not in self._any:
            one = PolicyRule(verbs=rule.verbs, api_groups=rule.api_groups, resources=(word,))
            part = tuple(self._compare(one))
        known[word] = part
        return part
