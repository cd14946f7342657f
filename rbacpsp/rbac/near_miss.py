"""Finds near misses of a refused request: grants that differ from it in one point.

They apply in another namespace, or to another verb, API group or resource; they belong to a subject with the
same or a similar name; or their binding refers to a missing role.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.model import Objects, PolicyRule, Request, User
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX, split_service_account
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.index import Index, Posting, Postings, Scope
from rbacpsp.rbac.match import ALL, api_group_matches, resource_matches, rules_allow, verb_matches
from rbacpsp.rbac.name_search import names_of
from rbacpsp.rbac.near import is_one_letter_apart, near_roles
from rbacpsp.rbac.table import PreparedRequest

_MOST = 5


class NearMiss(Struct, frozen=True):
    """One near miss, as a sentence."""

    point: str
    """What differs: `namespace`, `verb`, `group`, `resource`, `subject`, `role`."""
    text: str


def near_misses(index: Index, objects: Objects, user: User, request: Request) -> tuple[NearMiss, ...]:
    """The grants that almost allow a refused request, the most helpful first.

    Args:
        index: The bindings.
        objects: The loaded objects.
        user: The refused user, with all known groups.
        request: The refused request.
    """
    misses = [
        *_missing_roles(index, objects, user, request),
        *_elsewhere(index, user, request),
        *_other_subjects(index, user, request),
        *_almost(index, user, request),
    ]
    return tuple(dict.fromkeys(misses))


def _missing_roles(index: Index, objects: Objects, user: User, request: Request) -> Iterator[NearMiss]:
    for scope in index.scopes(request):
        for posting in _of(scope, user):
            ref = posting.binding.role_ref
            if not posting.role.error:
                continue
            near = near_roles(objects, ref, scope.namespace)
            hint = f" ({'; '.join(near)})" if near else ""
            yield NearMiss(
                "role",
                f"{_binding(posting, scope)} names {ref.kind} {ref.name}, which does not exist: it grants "
                f"nothing until that is created{hint}",
            )


def _elsewhere(index: Index, user: User, request: Request) -> Iterator[NearMiss]:
    if request.path is not None:
        return
    question = PreparedRequest(request)
    by_role: dict[str, list[str]] = {}
    for scope in index.naming(names_of(user))[1:]:
        namespace = scope.namespace
        if namespace == request.namespace:
            continue
        for posting in _of(scope, user):
            if posting.role.allowing(question):
                role = f"{posting.binding.role_ref.kind} {posting.binding.role_ref.name}"
                by_role.setdefault(role, []).append(namespace)
    for role, namespaces in sorted(by_role.items())[:_MOST]:
        shown = ", ".join(sorted(set(namespaces))[:_MOST])
        more = len(set(namespaces)) - _MOST
        shown += f" and {more} more namespaces" if more > 0 else ""
        sentence = (
            f"{role} holds it in {shown} only, and it was asked for at the cluster scope (all namespaces at "
            "once): the usual cause; ask for one namespace, or bind a ClusterRole by a ClusterRoleBinding"
            if not request.namespace
            else f"{role} holds it in {shown} only, not in {request.namespace}"
        )
        yield NearMiss("namespace", sentence)


def _other_subjects(index: Index, user: User, request: Request) -> Iterator[NearMiss]:
    """Subjects with the same or a similar name that are allowed the request."""
    question = PreparedRequest(request)
    account = split_service_account(user.name)
    plain = account[1] if account else user.name
    same_names = {plain, user.name, f"{account[0]}:{account[1]}" if account else plain}
    for scope in index.scopes(request):
        for kind, table in (("user", scope.users), ("group", scope.groups)):
            for name, entries in table.items():
                itself = name in user.groups if kind == "group" else name == user.name
                if itself or not _alike(name, same_names, plain):
                    continue
                postings = _listed(entries)
                holding = next((posting for posting in postings if posting.role.allowing(question)), None)
                broken = next((posting for posting in postings if posting.role.error), None)
                nearest = holding or broken
                if nearest is None:
                    continue
                who = subject_text(nearest.binding.subjects[nearest.subject_index], scope.namespace)
                through = _binding(nearest, scope)
                ref = nearest.binding.role_ref
                difference = (
                    f"holds it through {through}"
                    if holding
                    else f"is bound by {through} to {ref.kind} {ref.name}, which does not exist"
                )
                yield NearMiss("subject", f"{who} {difference}, and that is somebody else than {user.name}")


def _alike(name: str, same_names: set[str], plain: str) -> bool:
    """Whether a name in a binding may have been intended for the user."""
    if name in same_names:
        return True
    short = name.rpartition(":")[2] if name.startswith(SERVICE_ACCOUNT_PREFIX) else name
    if plain in {short, short.partition("@")[0]} or short == plain.partition("@")[0]:
        return True
    likely = short[:1].lower() == plain[:1].lower() or short[-1:].lower() == plain[-1:].lower()
    return likely and is_one_letter_apart(short, plain)


def _listed(postings: Postings) -> list[Posting]:
    return [postings] if isinstance(postings, Posting) else postings


def _almost(index: Index, user: User, request: Request) -> Iterator[NearMiss]:
    verbs: dict[str, None] = {}
    groups: dict[str, None] = {}
    resources: dict[str, None] = {}
    for scope in index.scopes(request):
        for posting in _of(scope, user):
            for rule in posting.role.rules:
                _compare(rule, request, verbs, groups, resources)
    resource_text = request.path if request.path is not None else request.combined_resource
    if verbs:
        yield NearMiss("verb", f"it holds {', '.join(verbs)} on {resource_text}, but not {request.verb}")
    if groups:
        group_list = ", ".join(f'"{group}"' for group in groups)
        yield NearMiss(
            "group",
            f"it holds {request.verb} on {request.resource} of the API group {group_list}, and asked for "
            f'those of "{request.group}"',
        )
    if resources:
        yield NearMiss(
            "resource", f"it holds {request.verb} on {', '.join(resources)}, but not on {resource_text}"
        )


def _compare(
    rule: PolicyRule,
    request: Request,
    verbs: dict[str, None],
    groups: dict[str, None],
    resources: dict[str, None],
) -> None:
    if request.path is not None:
        same = rules_allow([replace(rule, verbs=(ALL,))], request)
        verbs.update(dict.fromkeys(rule.verbs if same and not verb_matches(rule, request.verb) else ()))
        resources.update(
            dict.fromkeys(rule.non_resource_urls if verb_matches(rule, request.verb) and not same else ())
        )
        return
    verb, group = verb_matches(rule, request.verb), api_group_matches(rule, request.group)
    resource = resource_matches(rule, request.combined_resource, request.subresource)
    if group and resource and not verb:
        verbs.update(dict.fromkeys(rule.verbs))
    elif verb and resource and not group:
        groups.update(dict.fromkeys(rule.api_groups))
    elif verb and group and not resource:
        resources.update(dict.fromkeys(name for name in rule.resources if _related(name, request)))


def _related(resource: str, request: Request) -> bool:
    plural = resource.partition("/")[0]
    if plural == request.resource:
        return True
    return is_one_letter_apart(plural, request.resource)


def _of(scope: Scope, user: User) -> Iterator[Posting]:
    for postings in scope.postings(user):
        yield from postings


def _binding(posting: Posting, scope: Scope) -> str:
    where = f" of namespace {scope.namespace}" if scope.namespace else ""
    return f"{posting.binding.kind} {posting.binding.name}{where}"
