"""What can go: everything without which every recorded allowed request stays allowed, alone and together.

A request rests on supports: each rule of each subject of each binding that allows it. Seen as bindings,
subjects, rules or words of rules, an item is needed where it is all that some request rests on.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal, get_args

from msgspec import Struct

from rbacpsp.auditlog.aggregated import AnyRole, RuleSources
from rbacpsp.auditlog.asked import Asked
from rbacpsp.auditlog.observable import UNOBSERVED_VERBS, holds_nothing_observable, leaves_no_event
from rbacpsp.catalog.bootstrap_objects import Bootstrap, of_any_version
from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, Request, RoleBinding, Subject
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.supports import Support

By = Literal["binding", "subject", "rule", "verb", "resource", "name", "url"]
WAYS: tuple[By, ...] = get_args(By)
"""How grants are taken apart."""
REMOVABLE = "removable"
NOT_SEEN = "not seen"
"""Removable by what was recorded, which is too short a time to say so."""
NOT_OBSERVABLE = "not observable"

Binding = RoleBinding | ClusterRoleBinding
Key = tuple[object, ...]


class Item(Struct, frozen=True):
    """Something that could be taken away; it has a binding, or a role and the place of a rule in it."""

    what: By
    status: str
    binding: Binding | None = None
    subject: Subject | None = None
    role: AnyRole | None = None
    rule_index: int = -1
    word: str = ""

    @property
    def key(self) -> Key:
        """Tells it from others of its sort."""
        if self.binding is not None:
            bound = identity(self.binding)
            return bound if self.subject is None else (*bound, self.subject)
        place = (*identity(self.role), self.rule_index) if self.role is not None else ()
        return (*place, self.word) if self.what != "rule" else place


class Unused(Struct, frozen=True):
    """What can go, each alone; and a set that can go together, which nothing can be added to."""

    by: By
    items: tuple[Item, ...]
    together: tuple[Item, ...]


def identity(obj: Binding | AnyRole) -> tuple[str, str, str]:
    """Kind, namespace and name."""
    return (obj.kind, obj.metadata.namespace, obj.metadata.name)


class Needs:
    """What the recorded allowed requests rest on."""

    def __init__(self, authorizer: Authorizer, objects: Objects, requests: Iterable[Asked]) -> None:
        """Decide every request once.

        Args:
            authorizer: Answers about the objects.
            objects: What the log was made under.
            requests: The distinct requests that were recorded as allowed.
        """
        self._objects = objects
        self.sources = RuleSources(objects, authorizer.aggregation)
        self.supports: dict[Asked, tuple[Support, ...]] = {}
        self.unexplained: list[Asked] = []
        """Recorded as allowed, and refused by these objects: grants have changed, or RBAC did not decide."""
        for request in requests:
            decision = authorizer.authorize(request.who, request.request)
            if decision.privileged:
                continue
            found = authorizer.supports(request.who, request.request)
            if found:
                self.supports[request] = found
            else:
                self.unexplained.append(request)

    def keys(self, by: By) -> list[set[Key]]:
        """For each request the items on which it rests, one of which must stay.

        Requests that rest on something else as well are left out.
        """
        found: list[set[Key]] = []
        known: set[frozenset[Key]] = set()
        for each, supports in self.supports.items():
            request = each.request
            keys: set[Key] = set()
            for support in supports:
                its = list(self._keys(by, support, request))
                if not its:
                    keys.clear()
                    break
                keys.update(its)
            if keys and frozenset(keys) not in known:
                known.add(frozenset(keys))
                found.append(keys)
        return found

    def _keys(self, by: By, support: Support, request: Request) -> Iterator[Key]:
        if by == "binding":
            yield identity(support.binding)
        elif by == "subject":
            yield (*identity(support.binding), support.subject)
        else:
            for place in self.sources.of(support.role, support.rule_index):
                if by == "rule":
                    yield place
                else:
                    yield from ((*place, word) for word in _words(by, support.rule, request))


def _words(by: By, rule: PolicyRule, request: Request) -> Iterable[str]:
    """The words of a rule that let it allow a request; none where it depends on no such word."""
    if by == "verb":
        return {word for word in rule.verbs if word in {request.verb, ALL}}
    if request.path is not None:
        if by != "url":
            return ()
        return {word for word in rule.non_resource_urls if _url_matches(word, request.path)}
    if by == "resource":
        named = {ALL, request.combined_resource}
        if request.subresource:
            named.add(f"{ALL}/{request.subresource}")
        return named.intersection(rule.resources)
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
    """What can go.

    Args:
        needs: What the recorded requests rest on.
        objects: What the log was made under.
        by: How grants are taken apart.
        enough: Whether the log is long enough to call anything removable.
        include_system: Whether what Kubernetes brings itself is looked at.
        weight: How dangerous an item is, 0 the most; those come first, and go first together.
    """
    rests = needs.keys(by)
    needed = {key for keys in rests if len(keys) == 1 for key in keys}
    status = REMOVABLE if enough else NOT_SEEN
    candidates = _candidates(
        objects, needs.sources, by, status, of_any_version(), include_system=include_system
    )
    items = [item for item in candidates if item.key not in needed]
    items.sort(key=lambda item: (weight(item), *_order(item)))
    removable = [item for item in items if item.status != NOT_OBSERVABLE]
    return Unused(by, tuple(items), tuple(_together(removable, rests)))


def _order(item: Item) -> tuple[str, ...]:
    subject = item.subject
    who = (subject.kind, subject.namespace, subject.name) if subject else ()
    where = item.binding or item.role
    return (*(identity(where) if where else ()), f"{item.rule_index:06}", item.word, *who)


def _together(items: Iterable[Item], rests: Collection[set[Key]]) -> Iterator[Item]:
    """Items that can all go at once: each in turn, as long as every request keeps something to rest on."""
    left = [len(keys) for keys in rests]
    where: Mapping[Key, list[int]] = _places(rests)
    for item in items:
        places = where.get(item.key, ())
        if all(left[place] > 1 for place in places):
            for place in places:
                left[place] -= 1
            yield item


def _places(rests: Collection[set[Key]]) -> Mapping[Key, list[int]]:
    where: defaultdict[Key, list[int]] = defaultdict(list)
    for place, keys in enumerate(rests):
        for key in keys:
            where[key].append(place)
    return where


def _candidates(
    objects: Objects, sources: RuleSources, by: By, status: str, own: Bootstrap, *, include_system: bool
) -> Iterator[Item]:
    if by in {"binding", "subject"}:
        roles = {identity(role): role for role in sources.roles(objects)}
        bindings: list[Binding] = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
        for binding in bindings:
            ref = binding.role_ref
            role = roles.get((ref.kind, binding.metadata.namespace if ref.kind == "Role" else "", ref.name))
            hidden = holds_nothing_observable(role.rules if role else ())
            its = NOT_OBSERVABLE if hidden else status
            if by == "binding":
                if include_system or not own.binding(binding):
                    yield Item(by, its, binding=binding)
            else:
                for subject in dict.fromkeys(binding.subjects):
                    if include_system or not own.subject(binding, subject):
                        yield Item(by, its, binding=binding, subject=subject)
        return
    for role in sources.roles(objects):
        if own.role(role) and not include_system:
            continue
        for index, rule in enumerate(role.rules):
            if sources.of(role, index) == ((*identity(role), index),):
                yield from _of_rule(by, role, index, rule, status)


def _of_rule(by: By, role: AnyRole, index: int, rule: PolicyRule, status: str) -> Iterator[Item]:
    its = NOT_OBSERVABLE if leaves_no_event(rule) else status
    if by == "rule":
        yield Item(by, its, role=role, rule_index=index)
        return
    words: dict[By, tuple[str, ...]] = {
        "verb": rule.verbs,
        "resource": rule.resources,
        "name": rule.resource_names,
        "url": rule.non_resource_urls,
    }
    for word in dict.fromkeys(words[by]):
        hidden = by == "verb" and word in UNOBSERVED_VERBS
        yield Item(by, NOT_OBSERVABLE if hidden else its, role=role, rule_index=index, word=word)
