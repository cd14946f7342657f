"""A permission that an audit rule reports, and whether a PolicyRule of a role grants it.

The five predicates of `rbacpsp.rbac.match` decide. This module adds whether a request for the permission has
a namespace, without which no RoleBinding grants it, and a name, without which no rule with resourceNames
does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeVar

from rbacpsp.audit.severity import Severity
from rbacpsp.catalog.placement import NAMELESS
from rbacpsp.model import PolicyRule, Request, Version
from rbacpsp.rbac.match import ALL, api_group_matches, non_resource_url_matches, resource_matches

T = TypeVar("T")
READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch")
CHANGE = ("update", "patch")
APPLY_BEGINS = Version(1, 16)
"""The first version in which server-side apply is on by default."""


@dataclass(frozen=True)
class Permission:
    """Any of some verbs on one resource, or on one URL."""

    verbs: tuple[str, ...]
    resource: str = ""
    """The resource as rules write it, with its subresource; `*` means every resource, as in `auth can-i`."""
    group: str = ""
    namespaced: bool = True
    """Whether its requests have a namespace. Requests for a single Namespace object do, too."""
    only: tuple[str, ...] = ()
    """The names that matter; empty: all."""
    namespaces: tuple[str, ...] = ()
    """The namespaces in which it matters; empty: all."""
    any_subresource: bool = False
    """Whether any subresource of the resource counts (`userextras`)."""
    path: str | None = None
    before: Version | None = None
    """The first version that no longer honors it."""
    since: Version | None = None
    """The first version that honors it."""
    applied: bool = False
    """Whether it is to create named objects by server-side apply, for which patch is needed as well."""
    also: tuple["Permission", ...] = ()
    """The permission is useless unless its holder also has one of these in the same scope."""
    implied: bool = False
    """Whether a rule for every resource of every group is not reported for it, as it grants far more."""
    at_most: Severity | None = None
    """The highest severity of a finding with no other permission of its rule; None: that of the rule."""
    gives: str = ""
    """A sentence that says what it grants, if that is less than the audit rule describes."""

    def __hash__(self) -> int:
        return hash((self.verbs, self.resource, self.group))

    @cached_property
    def plain_resource(self) -> str:
        """The resource without its subresource."""
        return self.resource.partition("/")[0]

    @cached_property
    def subresource(self) -> str:
        """The subresource, or empty."""
        return self.resource.partition("/")[2]

    @cached_property
    def words(self) -> str:
        """The resource with its group, as in `deployments.apps`; the group `*` is written out."""
        if self.path is not None:
            return f"URL {self.path}"
        resource, slash, sub = self.resource.partition("/")
        return f"{resource}.{self.group}{slash}{sub}" if self.group else self.resource

    def is_honored(self, version: Version) -> bool:
        """Whether a server of a version honors it: a resource that is not served gives nothing."""
        return (self.since is None or version >= self.since) and (
            self.before is None or version < self.before
        )

    def request(self, verb: str, scope: str, name: str = "", subresource: str = "") -> Request:
        """A request for the permission.

        Args:
            verb: One of the verbs.
            scope: The namespace of the grant; empty for the whole cluster.
            name: The name of the object, if the grant is limited to some.
            subresource: The subresource, if any subresource counts.
        """
        if self.path is not None:
            return Request(verb, path=self.path)
        namespace = ""
        if self.namespaced:
            namespace = scope or (self.namespaces[0] if self.namespaces else "")
        return Request(
            verb,
            group=self.group,
            resource=self.plain_resource,
            subresource=subresource or self.subresource,
            name=name or (self.only[0] if self.only and verb not in NAMELESS else ""),
            namespace=namespace,
        )


@dataclass(frozen=True, slots=True)
class Match:
    """The part of a permission that a PolicyRule grants."""

    permission: Permission
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    """The names of the objects to which it is limited; empty: all objects."""
    subresource: str = ""
    """The granted subresource, if any subresource counts."""

    def request(self, scope: str) -> Request:
        """A request that the match allows within a scope."""
        name = self.names[0] if self.names else ""
        return self.permission.request(self.verbs[0], scope, name, self.subresource)

    @property
    def lacks_patch(self) -> bool:
        """Whether server-side apply needs another rule as well, with `patch` on objects of these names."""
        return self.permission.applied and "patch" not in self.verbs

    @property
    def what(self) -> str:
        """The resource or URL, for example `deployments.apps`."""
        return self.permission.words + (f"/{self.subresource}" if self.subresource else "")


def permission_words(matches: Iterable[Match]) -> str:
    """The granted permissions, sorted; resources with the same verbs are listed together.

    For example `create,update deployments.apps, jobs.batch; get secrets [a, b]`, where the brackets contain
    the names of the objects to which the grant is limited.
    """
    return _permission_words(tuple(matches))


@lru_cache(maxsize=4096)
def _permission_words(matches: tuple[Match, ...]) -> str:
    resources: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for granted in matches:
        resources.setdefault((granted.verbs, granted.names), set()).add(granted.what)
    return "; ".join(
        sorted(
            f"{','.join(verbs)} {', '.join(sorted(words))}{_limits(names)}"
            for (verbs, names), words in resources.items()
        )
    )


def _limits(names: tuple[str, ...]) -> str:
    return f" [{', '.join(names)}]" if names else ""


def by_apply(permission: Permission) -> Permission:
    """The permission to create the named objects of a rule with resourceNames, by server-side apply.

    The server authorizes it as `patch` and as `create`, both with the name; a plain creation has no name. The
    two may come from different rules: a match is that of a rule with `create`, see `Match.lacks_patch`. One
    that may patch an object can also make the garbage collector delete it, by a missing owner, so that it
    does not matter whether the object exists.
    Source: apiserver/pkg/endpoints/handlers/patch.go createAuthorizerAttributes (1.24).
    """
    return replace(permission, verbs=("create", "patch"), since=APPLY_BEGINS, applied=True)


@lru_cache(maxsize=1024)
def to_patch(permission: Permission) -> Permission:
    """The permission to patch the objects that a permission of `by_apply` creates."""
    return replace(permission, verbs=("patch",), applied=False, implied=False)


def of_groups(entries: Sequence[tuple[T, Permission]], rule: PolicyRule) -> Sequence[tuple[T, Permission]]:
    """Those of some permissions, each with something else, whose API group a rule names or includes."""
    groups = rule.api_groups
    return entries if ALL in groups else [entry for entry in entries if entry[1].group in groups]


def match(rule: PolicyRule, permission: Permission) -> Match | None:
    """The part of a permission that a PolicyRule grants, whatever its scope; None if it grants nothing."""
    unlimited = unlimited_match(rule, permission)
    return limited(unlimited, rule.resource_names) if unlimited else None


def unlimited_match(rule: PolicyRule, permission: Permission) -> Match | None:
    """What `match` returns for a rule without its resourceNames; `limited` takes them into account."""
    verbs = _shared_verbs(rule.verbs, permission.verbs)
    if not verbs or (permission.applied and "create" not in verbs):
        return None
    if permission.path is not None:
        return Match(permission, verbs) if non_resource_url_matches(rule, permission.path) else None
    if not api_group_matches(rule, permission.group):
        return None
    if permission.implied and ALL in rule.resources and ALL in rule.api_groups:
        return None
    subresource = ""
    if permission.any_subresource:
        granted = _any_subresource(rule.resources, permission.resource)
        if granted is None:
            return None
        subresource = granted
    elif not resource_matches(rule, permission.resource, permission.subresource):
        return None
    return Match(permission, verbs, subresource=subresource)


def limited(unlimited: Match, names: tuple[str, ...]) -> Match | None:
    """The part of a match that a rule with some resourceNames, or with none, grants; None: nothing."""
    permission, verbs = unlimited.permission, unlimited.verbs
    if permission.applied:
        return Match(permission, verbs, names) if names else None
    if not names or permission.path is not None:
        return unlimited
    if permission.only:
        names = tuple(name for name in names if name in permission.only)
    if not permission.subresource and not permission.any_subresource:
        verbs = tuple(verb for verb in verbs if verb not in NAMELESS)
    return Match(permission, verbs, names, unlimited.subresource) if names and verbs else None


@lru_cache(maxsize=1 << 16)
def _shared_verbs(held: tuple[str, ...], asked_for: tuple[str, ...]) -> tuple[str, ...]:
    return asked_for if ALL in held else tuple(verb for verb in asked_for if verb in held)


def _any_subresource(resources: Iterable[str], resource: str) -> str | None:
    """The first granted subresource; `x` stands for any. The subresource `*` does not count."""
    for token in resources:
        if token == ALL:
            return "x"
        name, slash, right = token.partition("/")
        if slash and right not in {"", ALL} and name in {resource, ALL}:
            return right
    return None
