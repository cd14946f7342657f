"""Findings about everything that bindings grant to certain subjects, such as `system:authenticated`."""

from collections.abc import Callable, Iterable, Iterator

from rbacpsp.audit.finding import PRIVILEGED_NAMESPACES, Evidence, Finding, RuleMatch
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.view import View
from rbacpsp.model import PolicyRule, Request, Subject
from rbacpsp.rbac.match import rules_allow
from rbacpsp.rbac.table import RoleRules

BOOTSTRAP_GRANT = "Kubernetes creates this grant itself"


def grants_to(view: View, rule: Rule, is_wanted: Callable[[Subject], bool]) -> Iterator[Finding]:
    """A finding for each wanted subject and scope, with every rule of every role that is bound to it.

    Only subjects with a name that Kubernetes defines are considered.
    """
    evidence_by_holder: dict[tuple[Subject, str, str], list[Evidence]] = {}
    hits_by_role: dict[tuple[RoleRules, bool], tuple[RuleMatch, ...]] = {}
    for subject in filter(is_wanted, view.memo(_well_known)):
        for granted in view.by_subject[subject]:
            binding, role, scope = granted.binding, granted.role, granted.scope
            key = (role, bool(scope))
            hits = hits_by_role.get(key)
            if hits is None:
                hits = hits_by_role[key] = tuple(_hits(role.rules, scope))
            parts = {"": hits}
            if view.bootstrap.subject(binding, subject):
                known = [rule for bootstrap in view.bootstrap.roles(role.role) for rule in bootstrap.rules]
                own = {index for index, rule in enumerate(role.rules) if is_within(rule, known)}
                parts = {
                    BOOTSTRAP_GRANT: tuple(hit for hit in hits if hit.rule_index in own),
                    "": tuple(hit for hit in hits if hit.rule_index not in own),
                }
            for ruled_out, part in parts.items():
                if part:
                    evidence = Evidence(binding, role.role, part, role.computed)
                    evidence_by_holder.setdefault((subject, scope, ruled_out), []).append(evidence)
    for (subject, scope, ruled_out), evidence_of in evidence_by_holder.items():
        local = scope and scope not in PRIVILEGED_NAMESPACES and rule.namespaced is not None
        severity = rule.namespaced if local and rule.namespaced else rule.severity
        yield Finding(rule, severity, subject, scope, tuple(evidence_of), ruled_out=ruled_out)


def _well_known(view: View) -> tuple[Subject, ...]:
    """The subjects with a name that Kubernetes defines; several rules search these few subjects."""
    return tuple(
        subject
        for subject in view.by_subject
        if subject.name.startswith("system:") or subject.name == "default"
    )


def _hits(rules: Iterable[PolicyRule], scope: str) -> Iterator[RuleMatch]:
    """Everything that some rules grant in the scope."""
    for index, rule in enumerate(rules):
        if _allows_something(rule, scope):
            for match in _rule_matches(rule, scope):
                yield RuleMatch(index, match)


def _allows_something(rule: PolicyRule, scope: str) -> bool:
    """Whether the rule allows anything in the scope; a RoleBinding never grants URLs."""
    urls = rule.non_resource_urls and not scope
    return bool(rule.verbs and (urls or (rule.api_groups and rule.resources)))


def _rule_matches(rule: PolicyRule, scope: str) -> Iterator[Match]:
    """Everything that a PolicyRule grants, as a match for each resource of each group and for each URL."""
    names = rule.resource_names
    for group in dict.fromkeys(rule.api_groups):
        for resource in dict.fromkeys(rule.resources):
            yield Match(Permission(rule.verbs, resource, group), rule.verbs, names)
    for url in dict.fromkeys(() if scope else rule.non_resource_urls):
        yield Match(Permission(rule.verbs, path=url, namespaced=False), rule.verbs)


def is_within(rule: PolicyRule, known: Iterable[PolicyRule]) -> bool:
    """Whether some known rules allow all that a rule allows; only a `*` of theirs covers a `*`."""
    rules = tuple(known)
    return bool(rules) and all(rules_allow(rules, request) for request in requests_of(rule))


def requests_of(rule: PolicyRule) -> Iterator[Request]:
    """A request for each combination of the words of a rule."""
    for verb in rule.verbs:
        for group in rule.api_groups:
            for combined in rule.resources:
                resource, _, subresource = combined.partition("/")
                for name in rule.resource_names or ("",):
                    yield Request(verb, group=group, resource=resource, subresource=subresource, name=name)
        for url in rule.non_resource_urls:
            yield Request(verb, path=url)
