"""What rules give by each of their resources: the same words are compared with the permissions once.

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
        self._any = {permission.resource for permission in permissions if permission.any_subresource}
        self._known: dict[tuple[frozenset[str], tuple[str, ...]], ByWord[T]] = {}
        self._as_written: dict[tuple[tuple[str, ...], tuple[str, ...]], ByWord[T]] = {}

    def of(self, rule: PolicyRule) -> Sequence[T] | None:
        """What a rule gives by its resources, in their order.

        None where what one resource gives depends on another: with a `*`, and where any subresource will do.
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
        """Whether a rule gives nothing by any of its resources; False where one depends on another."""
        known = self._by_word(rule)
        for word in rule.resources:
            if (known[word] if word in known else self._part(known, rule, word)) != ():
                return False
        return True

    def _by_word(self, rule: PolicyRule) -> ByWord[T]:
        """What is known of the verbs and groups of a rule, by resource."""
        key = (rule.verbs, rule.api_groups)
        by_word = self._as_written.get(key)
        if by_word is None:
            by_word = self._known.setdefault((frozenset(rule.verbs), rule.api_groups), {})
            self._as_written[key] = by_word
        return by_word

    def _part(self, known: ByWord[T], rule: PolicyRule, word: str) -> tuple[T, ...] | None:
        part = None
        if ALL not in word and word.partition("/")[0] not in self._any:
            one = PolicyRule(verbs=rule.verbs, api_groups=rule.api_groups, resources=(word,))
            part = tuple(self._compare(one))
        known[word] = part
        return part
