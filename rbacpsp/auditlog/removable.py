"""Finds grants that can be removed while every recorded allowed request stays allowed.

The supports of a request are the rules, given by bindings to subjects, that allow it. A binding, subject,
rule or word of a rule is needed if some request has no support without it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct

from rbacpsp.auditlog.aggregation import AnyRole, RuleSources
from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.auditlog.observable import UNOBSERVED_VERBS, holds_nothing_observable, leaves_no_event
from rbacpsp.catalog.bootstrap_objects import Bootstrap, of_any_version
from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, Request, RoleBinding, Subject
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.supports import Support

By = Literal["binding", "subject", "rule", "verb", "resource", "name", "url"]
WAYS: tuple[By, ...] = get_args(By)
"""The units in which grants can be removed."""
REMOVABLE = "removable"
NOT_SEEN = "not seen"
"""Not used in the log, which is too short to call it removable."""
NOT_OBSERVABLE = "not observable"

Binding = RoleBinding | ClusterRoleBinding
Key = tuple[object, ...]


class Item(Struct, frozen=True):
    """Something that could be removed; it has a binding, or a role and the index of a rule."""

    what: By
    status: str
    binding: Binding | None = None
    subject: Subject | None = None
    role: AnyRole | None = None
    rule_index: int = -1
    word: str = ""

    @property
    def key(self) -> Key:
        """Identifies it among items of the same unit."""
        if self.binding is not None:
            binding_key = identity(self.binding)
            return binding_key if self.subject is None else (*binding_key, self.subject)
        rule_key = (*identity(self.role), self.rule_index) if self.role is not None else ()
        return (*rule_key, self.word) if self.what != "rule" else rule_key


class Unused(Struct, frozen=True):
    """Items that can each be removed alone, and a largest set that can be removed together."""

    by: By
    items: tuple[Item, ...]
    together: tuple[Item, ...]


def identity(obj: Binding | AnyRole) -> tuple[str, str, str]:
    """Kind, namespace and name."""
    return (obj.kind, obj.metadata.namespace, obj.metadata.name)


class Needs:
    """The grants that the recorded allowed requests need."""

    def __init__(
        self, authorizer: Authorizer, objects: Objects, requests: Iterable[AuthorizationRequest]
    ) -> None:
        """Decide every request once.

        Args:
            authorizer: Answers about the objects.
            objects: The objects of the cluster while the log was written.
            requests: The distinct requests that were recorded as allowed.
        """
        self._objects = objects
        self.sources = RuleSources(objects, authorizer.aggregation)
        self.supports: dict[AuthorizationRequest, tuple[Support, ...]] = {}
        self.unexplained: list[AuthorizationRequest] = []
        """Recorded as allowed but refused by these objects: grants have changed, or RBAC did not decide."""
        for request in requests:
            decision = authorizer.authorize(request.who, request.request)
            if decision.privileged:
                continue
            supports_of_request = authorizer.supports(request.who, request.request)
            if supports_of_request:
                self.supports[request] = supports_of_request
            else:
                self.unexplained.append(request)

    def keys(self, by: By) -> list[set[Key]]:
        """For each request the items that allow it, one of which must stay.

        Requests that other grants allow too are omitted.
        """
        key_sets: list[set[Key]] = []
        known: set[frozenset[Key]] = set()
        for recorded, supports in self.supports.items():
            request = recorded.request
            keys: set[Key] = set()
            for support in supports:
                support_keys = list(self._keys(by, support, request))
                if not support_keys:
                    keys.clear()
                    break
                keys.update(support_keys)
            if keys and frozenset(keys) not in known:
                known.add(frozenset(keys))
                key_sets.append(keys)
        return key_sets

    def _keys(self, by: By, support: Support, request: Request) -> Iterator[Key]:
        if by == "binding":
            yield identity(support.binding)
        elif by == "subject":
            yield (*identity(support.binding), support.subject)
        else:
            for rule_key in self.sources.of(support.role, support.rule_index):
                if by == "rule":
                    yield rule_key
                else:
                    yield from ((*rule_key, word) for word in _words(by, support.rule, request))


def _words(by: By, rule: PolicyRule, request: Request) -> Iterable[str]:
    """The words of a rule by which it allows a request; empty if it does not depend on such words."""
    if by == "verb":
        return {word for word in rule.verbs if word in {request.verb, ALL}}
    if request.path is not None:
        if by != "url":
            return ()
        return {word for word in rule.non_resource_urls if _url_matches(word, request.path)}
    if by == "resource":
        matching_words = {ALL, request.combined_resource}
        if request.subresource:
            matching_words.add(f"{ALL}/{request.subresource}")
        return matching_words.intersection(rule.resources)
    if by == "name" and rule.resource_names:
        return {request.name}
    return ()


def _url_matches(word: str, path: str) -> bool:
    return word in {ALL, path} or (word.endswith(ALL) and path.startswith(word.rstrip(ALL)))


def unused(
    needs: Needs,
    objects: Objects,
    by: By,
    *,
    enough: bool,
    include_system: bool,
    weight: Callable[[Item], int],
) -> Unused:
    """The grants that can be removed.

    Args:
        needs: The supports of the recorded requests.
        objects: The objects of the cluster while the log was written.
        by: The unit in which grants are removed.
        enough: Whether the log is long enough to call anything removable.
        include_system: Whether bootstrap objects are included.
        weight: How dangerous an item is; 0 is the most dangerous, and comes first.
    """
    key_sets = needs.keys(by)
    needed = {key for keys in key_sets if len(keys) == 1 for key in keys}
    status = REMOVABLE if enough else NOT_SEEN
    candidates = _candidates(
        objects, needs.sources, by, status, of_any_version(), include_system=include_system
    )
    items = [item for item in candidates if item.key not in needed]
    items.sort(key=lambda item: (weight(item), *_order(item)))
    removable = [item for item in items if item.status != NOT_OBSERVABLE]
    return Unused(by, tuple(items), tuple(_together(removable, key_sets)))


def _order(item: Item) -> tuple[str, ...]:
    subject = item.subject
    subject_words = (subject.kind, subject.namespace, subject.name) if subject else ()
    owner = item.binding or item.role
    return (*(identity(owner) if owner else ()), f"{item.rule_index:06}", item.word, *subject_words)


def _together(items: Iterable[Item], rests: Collection[set[Key]]) -> Iterator[Item]:
    """Items that can be removed together: each in turn, as long as every request keeps a support."""
    support_counts = [len(keys) for keys in rests]
    positions: Mapping[Key, list[int]] = _places(rests)
    for item in items:
        indexes = positions.get(item.key, ())
        if all(support_counts[index] > 1 for index in indexes):
            for index in indexes:
                support_counts[index] -= 1
            yield item


def _places(rests: Collection[set[Key]]) -> Mapping[Key, list[int]]:
    positions: defaultdict[Key, list[int]] = defaultdict(list)
    for index, keys in enumerate(rests):
        for key in keys:
            positions[key].append(index)
    return positions


def _candidates(
    objects: Objects, sources: RuleSources, by: By, status: str, bootstrap: Bootstrap, *, include_system: bool
) -> Iterator[Item]:
    if by in {"binding", "subject"}:
        roles = {identity(role): role for role in sources.roles(objects)}
        bindings: list[Binding] = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
        for binding in bindings:
            ref = binding.role_ref
            role = roles.get((ref.kind, binding.metadata.namespace if ref.kind == "Role" else "", ref.name))
            hidden = holds_nothing_observable(role.rules if role else ())
            item_status = NOT_OBSERVABLE if hidden else status
            if by == "binding":
                if include_system or not bootstrap.binding(binding):
                    yield Item(by, item_status, binding=binding)
            else:
                for subject in dict.fromkeys(binding.subjects):
                    if include_system or not bootstrap.subject(binding, subject):
                        yield Item(by, item_status, binding=binding, subject=subject)
        return
    for role in sources.roles(objects):
        if bootstrap.role(role) and not include_system:
            continue
        for index, rule in enumerate(role.rules):
            if sources.of(role, index) == ((*identity(role), index),):
                yield from _of_rule(by, role, index, rule, status)


def _of_rule(by: By, role: AnyRole, index: int, rule: PolicyRule, status: str) -> Iterator[Item]:
    item_status = NOT_OBSERVABLE if leaves_no_event(rule) else status
    if by == "rule":
        yield Item(by, item_status, role=role, rule_index=index)
        return
    words: dict[By, tuple[str, ...]] = {
        "verb": rule.verbs,
        "resource": rule.resources,
        "name": rule.resource_names,
        "url": rule.non_resource_urls,
    }
    for word in dict.fromkeys(words[by]):
        hidden = by == "verb" and word in UNOBSERVED_VERBS
        yield Item(by, NOT_OBSERVABLE if hidden else item_status, role=role, rule_index=index, word=word)
