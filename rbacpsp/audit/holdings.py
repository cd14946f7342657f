"""Finds the subjects that hold the permissions of the audit's rules, in each scope.

The rules of a role are compared with the permissions once, however many bindings grant the role. A
RoleBinding grants only permissions whose requests have a namespace.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT
from rbacpsp.audit.exceptions import fits
from rbacpsp.audit.finding import PRIVILEGED_NAMESPACES, Binding, Evidence, Finding, RuleMatch
from rbacpsp.audit.holders import Granted
from rbacpsp.audit.permission import Match, Permission, limited, match, of_groups
from rbacpsp.audit.resource_rules import Parts
from rbacpsp.audit.rule import Rule, Wildcard
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import PolicyRule, RoleBinding, Subject, Version
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

Held = dict[int, dict[int, tuple[Evidence, ...] | list[Evidence]]]
"""The evidence in one scope, by the position of the audit rule and the id of the subject."""
Hits = tuple[tuple[int, tuple[RuleMatch, ...]], ...]
"""The permissions that a role grants, by the position of the audit rule."""

Weight = tuple[Severity, str]
"""The severity of a finding, and a sentence that explains it."""


class PermissionTable:
    """The permissions of the rules by the words that a PolicyRule uses for their resource."""

    def __init__(self, rules: Iterable[Rule], version: Version) -> None:
        self.rules = tuple(rules)
        self._by_word: dict[str, list[tuple[int, Permission]]] = {}
        self._all: list[tuple[int, Permission]] = []
        self._any: list[tuple[int, Permission]] = []
        self._paths: list[tuple[int, Permission]] = []
        for position, rule in enumerate(self.rules):
            for permission in rule.permissions:
                if permission.is_honored(version):
                    self._add((position, permission))
        self._parts = Parts((permission for _, permission in self._any), self._found)

    def _add(self, entry: tuple[int, Permission]) -> None:
        permission = entry[1]
        if permission.path is not None:
            self._paths.append(entry)
            return
        self._all.append(entry)
        if permission.any_subresource:
            self._any.append(entry)
            return
        words = {permission.resource}
        if permission.subresource:
            words.add(f"*/{permission.subresource}")
        for word in words:
            self._by_word.setdefault(word, []).append(entry)

    def hits(self, rules: tuple[PolicyRule, ...]) -> Iterator[tuple[int, RuleMatch]]:
        """The permissions that the rules of a role grant, whatever the scope."""
        for index, rule in enumerate(rules):
            parts = None if rule.non_resource_urls else self._parts.of(rule)
            if parts is None:
                yield from (
                    (position, RuleMatch(index, permission_match))
                    for position, permission_match in self._found(rule)
                )
            elif not rule.resource_names:
                yield from (
                    (position, RuleMatch(index, permission_match)) for position, permission_match in parts
                )
            else:
                for position, unlimited in parts:
                    named = limited(unlimited, rule.resource_names)
                    if named is not None and self.rules[position].named is not None:
                        yield position, RuleMatch(index, named)

    def _found(self, rule: PolicyRule) -> Iterator[tuple[int, Match]]:
        """The permissions that one rule grants."""
        everything = _grants_everything(rule)
        for position, permission in self._candidates(rule):
            audit_rule = self.rules[position]
            if _passed_over(audit_rule.wildcard, rule, permission, everything=everything):
                continue
            permission_match = match(rule, permission)
            if permission_match is not None and not (permission_match.names and audit_rule.named is None):
                yield position, permission_match

    def _candidates(self, rule: PolicyRule) -> Iterable[tuple[int, Permission]]:
        resources = rule.resources
        if rule.non_resource_urls:
            return self._paths if not resources else (*self._paths, *self._all)
        if ALL in resources:
            return of_groups(self._all, rule)
        by_word = self._by_word
        if len(resources) == 1:
            of_resource = by_word.get(resources[0], ())
            return of_resource if "/" not in resources[0] else (*of_resource, *self._any)
        candidates: dict[tuple[int, Permission], None] = {}
        for resource in resources:
            for entry in by_word.get(resource, ()):
                candidates[entry] = None
            if "/" in resource:
                candidates.update(dict.fromkeys(self._any))
        return candidates


def _grants_everything(rule: PolicyRule) -> bool:
    return ALL in rule.verbs and ALL in rule.api_groups and ALL in rule.resources and not rule.resource_names


def _passed_over(wildcard: Wildcard, rule: PolicyRule, permission: Permission, *, everything: bool) -> bool:
    if wildcard is Wildcard.FOLDED:
        return everything
    if wildcard is Wildcard.COUNTED:
        return False
    return (wildcard is Wildcard.DEMANDED) != _by_wildcard(rule, permission)


def _by_wildcard(rule: PolicyRule, permission: Permission) -> bool:
    """Whether the rule grants the permission only by a `*`."""
    return (
        not set(permission.verbs) & set(rule.verbs)
        or permission.resource not in rule.resources
        or permission.group not in rule.api_groups
    )


class _RolePermissions(Struct, gc=False):
    """The permissions that a role grants through a ClusterRoleBinding and through a RoleBinding."""

    cluster: Hits
    local: Hits


class Holdings:
    """The findings of the rules that are about permissions."""

    def __init__(self, view: View, rules: Iterable[Rule]) -> None:
        self._view = view
        wanted = [rule for rule in rules if rule.permissions and (not rule.applies or rule.applies(view))]
        self._table = PermissionTable(wanted, view.version)
        self._namespace_bound = {
            position
            for position, rule in enumerate(self._table.rules)
            if any(permission.namespaces for permission in rule.permissions)
        }
        self._paired = {position for position, rule in enumerate(self._table.rules) if rule.paired}
        self._uneven = self._namespace_bound | self._paired
        """The positions of the rules whose findings about a role depend on its holder or on the namespace."""
        self._subjects = {id(subject): subject for subject in view.by_subject}
        self._weighed: tuple[dict[int, Weight], dict[int, Weight]] = ({}, {})
        """Severities by the id of a role's hits: in the whole cluster, and in one namespace."""
        self._given: dict[RoleRules, _RolePermissions] = {}
        self._limited: dict[tuple[str, str], Held] = {}
        """What is granted in the whole cluster and usable only in some namespaces: by namespace, and why it
        is ruled out."""

    def findings(self) -> Iterator[Finding]:
        """Every finding, scope by scope; grants that Kubernetes itself creates are marked as ruled out."""
        for scope, granted in self._view.by_scope.items():
            reported = self._limited.pop((scope, ""), {})
            own = self._limited.pop((scope, BOOTSTRAP_GRANT), {})
            for binding_grant in granted:
                self._hold(binding_grant, reported, own)
            yield from self._made(reported, scope, "")
            if own:
                yield from self._made(own, scope, BOOTSTRAP_GRANT)

    def _hold(self, granted: Granted, reported: Held, own: Held) -> None:
        """Add the permissions that a binding grants to its subjects."""
        view, role, scope = self._view, granted.role, granted.scope
        permissions = self._given.get(role) or self._give(role)
        by_position = permissions.local if scope else permissions.cluster
        if not by_position:
            return
        binding, subjects = granted.binding, granted.subjects
        bootstrap_matches = (
            self._bootstrap_matches(binding, role) if view.bootstrap.binding(binding) else None
        )
        for position, every in by_position:
            hits = _in_namespace(every, scope) if scope and position in self._namespace_bound else every
            if not hits:
                continue
            evidence = (Evidence(binding, role.role, hits, role.computed),)
            for subject in subjects:
                held = reported
                if bootstrap_matches is not None and view.bootstrap.subject(binding, subject):
                    held = own if _covered(hits, bootstrap_matches.get(position, ())) else reported
                by_subject = held.get(position)
                if by_subject is None:
                    by_subject = held[position] = {}
                known = by_subject.get(id(subject))
                if known is None:
                    by_subject[id(subject)] = evidence  # which all subjects of a binding share
                elif type(known) is list:
                    known += evidence
                else:
                    by_subject[id(subject)] = [*known, *evidence]

    def _made(self, held: Held, scope: str, why: str) -> Iterator[Finding]:
        subjects = self._subjects
        weighed = self._weighed[_is_local(scope)]
        for position, by_subject in held.items():
            rule = self._table.rules[position]
            of_role, is_paired = position not in self._uneven, position in self._paired
            for who, every in by_subject.items():
                subject, evidence = subjects[who], tuple(every)
                if rule.own and not _wanted(rule, subject, scope):
                    continue
                if rule.also and not self._view.holds(subject, rule.also, scope):
                    continue
                if of_role and len(evidence) == 1:
                    hits = id(evidence[0].hits)
                    weight = weighed.get(hits)
                    if weight is None:
                        weight = weighed[hits] = _weight(rule, scope, evidence)
                    yield Finding(rule, weight[0], subject, scope, evidence, None, weight[1], "", why)
                    continue
                useful = self._useful(position, subject, scope, evidence, why) if is_paired else evidence
                if useful:
                    severity, detail = _weight(rule, scope, useful)
                    yield Finding(rule, severity, subject, scope, useful, None, detail, "", why)

    def _useful(
        self, position: int, subject: Subject, scope: str, evidence: tuple[Evidence, ...], why: str
    ) -> tuple[Evidence, ...]:
        """The evidence that the subject can use in all of the scope.

        What it holds in the whole cluster and can use only in some namespaces becomes a finding about each.
        """
        useful: list[Evidence] = []
        for item in evidence:
            hits_by_scope: dict[str, list[RuleMatch]] = {}
            for hit in item.hits:
                permission = hit.match.permission
                also = (permission.also,) if permission.also else ()
                for usable in self._view.usable_in(subject, also, scope, namespaced=permission.namespaced):
                    hits_by_scope.setdefault(usable, []).append(hit)
            for usable, hits in hits_by_scope.items():
                part = item if len(hits) == len(item.hits) else replace(item, hits=tuple(hits))
                if usable == scope:
                    useful.append(part)
                else:
                    by_subject = self._limited.setdefault((usable, why), {}).setdefault(position, {})
                    by_subject[id(subject)] = [*by_subject.get(id(subject), ()), part]
        return tuple(useful)

    def _give(self, role: RoleRules) -> _RolePermissions:
        cluster: dict[int, list[RuleMatch]] = {}
        wide = False
        for position, hit in self._table.hits(role.rules):
            cluster.setdefault(position, []).append(hit)
            wide = wide or not hit.match.permission.namespaced
        every = _frozen(cluster)
        permissions = self._given[role] = _RolePermissions(every, _namespaced(every) if wide else every)
        return permissions

    def _bootstrap_matches(self, binding: Binding, role: RoleRules) -> dict[int, tuple[RuleMatch, ...]]:
        """The permissions that the role of a bootstrap binding grants in Kubernetes' own version of it."""
        local = type(binding) is RoleBinding
        bootstrap_matches: dict[int, list[RuleMatch]] = {}
        for known in self._view.bootstrap.roles(role.role):
            for position, hit in self._table.hits(known.rules):
                if hit.match.permission.namespaced or not local:
                    bootstrap_matches.setdefault(position, []).append(hit)
        return dict(_frozen(bootstrap_matches))


def _wanted(rule: Rule, subject: Subject, scope: str) -> bool:
    reach = "namespace" if scope else "cluster"
    text = subject_text(subject)
    of_subject = not rule.subjects or any(fits(pattern, text) for pattern in rule.subjects)
    return rule.only_scope in {"any", reach} and of_subject


def _frozen(hits: dict[int, list[RuleMatch]]) -> Hits:
    return tuple((position, tuple(matches)) for position, matches in hits.items())


def _namespaced(hits: Hits) -> Hits:
    local = {
        position: [hit for hit in matches if hit.match.permission.namespaced] for position, matches in hits
    }
    return _frozen({position: matches for position, matches in local.items() if matches})


def _in_namespace(hits: tuple[RuleMatch, ...], scope: str) -> tuple[RuleMatch, ...]:
    for hit in hits:
        namespaces = hit.match.permission.namespaces
        if namespaces and scope not in namespaces:
            return tuple(
                hit
                for hit in hits
                if not hit.match.permission.namespaces or scope in hit.match.permission.namespaces
            )
    return hits


def _covered(hits: tuple[RuleMatch, ...], bootstrap_matches: tuple[RuleMatch, ...]) -> bool:
    return all(any(_covers(known, hit) for known in bootstrap_matches) for hit in hits)


def _covers(known: RuleMatch, hit: RuleMatch) -> bool:
    one, other = known.match, hit.match
    return (
        one.permission is other.permission
        and set(one.verbs) >= set(other.verbs)
        and (not one.names or (bool(other.names) and set(one.names) >= set(other.names)))
    )


def _less(evidence: tuple[Evidence, ...]) -> tuple[Severity | None, str]:
    """The severity limit and the effect, if all permissions grant less than the audit rule describes."""
    caps: list[Severity] = []
    gains: dict[str, None] = {}
    for item in evidence:
        for hit in item.hits:
            permission = hit.match.permission
            if permission.at_most is None:
                return None, ""
            caps.append(permission.at_most)
            gains[permission.gives] = None
    return min(caps, key=lambda severity: severity.rank), " ".join(sorted(gains))


def _is_local(scope: str) -> bool:
    """Whether a grant in a scope is less severe than one in the whole cluster."""
    return bool(scope) and scope not in PRIVILEGED_NAMESPACES


def _weight(rule: Rule, scope: str, evidence: tuple[Evidence, ...]) -> Weight:
    """The severity of a finding, and a sentence that explains it."""
    severity = _severity(rule, scope, evidence)
    less, gains = _less(evidence)
    return (less if less is not None and less.rank > severity.rank else severity), gains


def _severity(rule: Rule, scope: str, evidence: tuple[Evidence, ...]) -> Severity:
    severity = rule.severity
    if _is_local(scope) and rule.namespaced is not None:
        severity = rule.namespaced
    if rule.named is not None and rule.named.rank > severity.rank:
        limited = all(
            hit.match.names
            and rule.grave.isdisjoint(hit.match.names)
            and not (rule.own_role and item.role.name in hit.match.names)
            for item in evidence
            for hit in item.hits
        )
        if limited:
            return rule.named
    return severity
