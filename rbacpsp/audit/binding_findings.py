"""Findings about whole grants: everything that a binding gives to some kind of subject."""

from collections.abc import Callable, Iterable, Iterator

from rbacpsp.audit.finding import PRIVILEGED_NAMESPACES, Evidence, Finding, Hit
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.view import View
from rbacpsp.model import PolicyRule, Request, Subject
from rbacpsp.rbac.match import rules_allow

OWN = "Kubernetes brings this grant itself"


def grants_to(view: View, rule: Rule, wanted: Callable[[Subject], bool]) -> Iterator[Finding]:
    """A finding for each wanted subject and scope: every rule of every role that is bound to it.

    Wanted are only subjects that have a name of Kubernetes.
    """
    found: dict[tuple[Subject, str, str], list[Evidence]] = {}
    for subject in filter(wanted, view.memo(_well_known)):
        for granted in view.by_subject[subject]:
            binding, role, scope = granted.binding, granted.role, granted.scope
            brought = view.bootstrap.subject(binding, subject)
            known = [each for own in view.bootstrap.roles(role.role) for each in own.rules] if brought else []
            for own in (True, False):
                hits = tuple(
                    Hit(index, match)
                    for index, each in enumerate(role.rules)
                    if _says_something(each, scope) and _within(each, known) == own
                    for match in _whole(each, scope)
                )
                if hits:
                    evidence = Evidence(binding, role.role, hits, role.computed)
                    found.setdefault((subject, scope, OWN if own else ""), []).append(evidence)
    for (subject, scope, why), evidence_of in found.items():
        local = scope and scope not in PRIVILEGED_NAMESPACES and rule.namespaced is not None
        severity = rule.namespaced if local and rule.namespaced else rule.severity
        yield Finding(rule, severity, subject, scope, tuple(evidence_of), ruled_out=why)


def _well_known(view: View) -> tuple[Subject, ...]:
    """The subjects with a name that Kubernetes gives: few, and several rules look for some of them."""
    return tuple(
        each for each in view.by_subject if each.name.startswith("system:") or each.name == "default"
    )


def _says_something(rule: PolicyRule, scope: str) -> bool:
    """Whether the rule allows anything; a URL is never allowed by a RoleBinding."""
    urls = rule.non_resource_urls and not scope
    return bool(rule.verbs and (urls or (rule.api_groups and rule.resources)))


def _whole(rule: PolicyRule, scope: str) -> Iterator[Match]:
    """A whole PolicyRule as matches, one for each resource of each group and each URL."""
    names = rule.resource_names
    for group in dict.fromkeys(rule.api_groups):
        for resource in dict.fromkeys(rule.resources):
            yield Match(Permission(rule.verbs, resource, group), rule.verbs, names)
    for url in dict.fromkeys(() if scope else rule.non_resource_urls):
        yield Match(Permission(rule.verbs, path=url, namespaced=False), rule.verbs)


def _within(rule: PolicyRule, known: Iterable[PolicyRule]) -> bool:
    """Whether some known rules allow all that a rule allows, a `*` only where they say `*`."""
    rules = tuple(known)
    return bool(rules) and all(rules_allow(rules, request) for request in _requests(rule))


def _requests(rule: PolicyRule) -> Iterator[Request]:
    for verb in rule.verbs:
        for group in rule.api_groups:
            for combined in rule.resources:
                resource, _, subresource = combined.partition("/")
                for name in rule.resource_names or ("",):
                    yield Request(verb, group=group, resource=resource, subresource=subresource, name=name)
        for url in rule.non_resource_urls:
            yield Request(verb, path=url)
