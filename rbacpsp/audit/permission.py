"""A permission that matters to a rule, and when a PolicyRule of a role gives it.

The five predicates of `rbacpsp.rbac.match` decide; what is added here is what a request for the permission
looks like: whether it carries a namespace (else no RoleBinding can grant it) and whether it carries a name
(else no rule with resourceNames can).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rbacpsp.audit.severity import Severity
from rbacpsp.catalog.placement import NAMELESS
from rbacpsp.model import PolicyRule, Request, Version
from rbacpsp.rbac.match import ALL, api_group_matches, non_resource_url_matches, resource_matches

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch")
CHANGE = ("update", "patch")


@dataclass(frozen=True)
class Permission:
    """Any of some verbs on one resource, or on one URL."""

    verbs: tuple[str, ...]
    resource: str = ""
    """As rules write it, with the subresource. `*` asks for every resource, as `kubectl auth can-i` does."""
    group: str = ""
    namespaced: bool = True
    """Its requests carry a namespace. Those for one namespace object do, so `namespaces` count as such."""
    only: tuple[str, ...] = ()
    """The names that matter; empty: all."""
    namespaces: tuple[str, ...] = ()
    """The namespaces in which it matters; empty: all."""
    any_subresource: bool = False
    """Any subresource of the resource will do (`userextras`)."""
    path: str | None = None
    before: Version | None = None
    """The first version that no longer honors it."""
    also: tuple["Permission", ...] = ()
    """Of these the holder needs one as well, in the same scope, or it is of no use."""
    implied: bool = False
    """A rule for every resource of every group gives more than it, and is not told to give it as well."""
    at_most: Severity | None = None
    """What a finding weighs at most that has no other permission of its rule; None: what the rule says."""
    gives: str = ""
    """What it gives, where it is less than the rule says: a sentence of the finding."""

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

    def request(self, verb: str, scope: str, name: str = "", subresource: str = "") -> Request:
        """The request that the API server would decide.

        Args:
            verb: One of the verbs.
            scope: The namespace of the grant, empty for the whole cluster.
            name: The object, where only some are granted.
            subresource: The subresource, where any will do.
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
    """What of a permission a PolicyRule gives."""

    permission: Permission
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    """The objects it is limited to; empty: all."""
    subresource: str = ""
    """The subresource that is granted, where any will do."""

    def request(self, scope: str) -> Request:
        """A request that the match allows within a scope."""
        name = self.names[0] if self.names else ""
        return self.permission.request(self.verbs[0], scope, name, self.subresource)

    @property
    def what(self) -> str:
        """The resource or URL, for example `deployments.apps`."""
        return self.permission.words + (f"/{self.subresource}" if self.subresource else "")


def permission_words(matches: Iterable[Match]) -> str:
    """What is granted, sorted; resources with the same verbs stand together.

    For example `create,update deployments.apps, jobs.batch; get secrets [a, b]`, where the brackets name the
    objects to which it is limited.
    """
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for each in matches:
        found.setdefault((each.verbs, each.names), set()).add(each.what)
    return "; ".join(
        sorted(
            f"{','.join(verbs)} {', '.join(sorted(what))}{_limits(names)}"
            for (verbs, names), what in found.items()
        )
    )


def _limits(names: tuple[str, ...]) -> str:
    return f" [{', '.join(names)}]" if names else ""


def match(rule: PolicyRule, permission: Permission) -> Match | None:
    """What a PolicyRule gives of a permission, leaving aside where the rule applies; None: nothing."""
    verbs = _shared_verbs(rule.verbs, permission.verbs)
    if not verbs:
        return None
    if permission.path is not None:
        return Match(permission, verbs) if non_resource_url_matches(rule, permission.path) else None
    if not api_group_matches(rule, permission.group):
        return None
    if permission.implied and ALL in rule.resources and ALL in rule.api_groups:
        return None
    subresource = ""
    if permission.any_subresource:
        found = _any_subresource(rule.resources, permission.resource)
        if found is None:
            return None
        subresource = found
    elif not resource_matches(rule, permission.resource, permission.subresource):
        return None
    given = Match(permission, verbs, subresource=subresource)
    return limited(given, rule.resource_names) if rule.resource_names else given


def limited(found: Match, names: tuple[str, ...]) -> Match | None:
    """What is left of a match in a rule with resourceNames; None: nothing."""
    permission, verbs = found.permission, found.verbs
    if permission.only:
        names = tuple(name for name in names if name in permission.only)
    if not permission.subresource and not permission.any_subresource:
        verbs = tuple(verb for verb in verbs if verb not in NAMELESS)
    return Match(permission, verbs, names, found.subresource) if names and verbs else None


@lru_cache(maxsize=1 << 16)
def _shared_verbs(held: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return wanted if ALL in held else tuple(verb for verb in wanted if verb in held)


def _any_subresource(resources: Iterable[str], resource: str) -> str | None:
    """The first subresource that is granted; `x` stands for any. A literal `*` does not count."""
    for token in resources:
        if token == ALL:
            return "x"
        left, slash, right = token.partition("/")
        if slash and right not in {"", ALL} and left in {resource, ALL}:
            return right
    return None
