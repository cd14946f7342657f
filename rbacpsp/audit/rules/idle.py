"""Rules and bindings that seem to grant something but do not, because RBAC compares words literally."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import filterfalse
from typing import NamedTuple

from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.references import HYGIENE, LEAST_PRIVILEGE, Reference, kubernetes
from rbacpsp.audit.resource_rules import Parts
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import RuleOfRole, View
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.placement import NAMELESS
from rbacpsp.catalog.slips import Spelling
from rbacpsp.model import ClusterRole, PolicyRule, Role
from rbacpsp.rbac.cluster_only import grants_nothing, ungranted
from rbacpsp.rbac.match import ALL
from rbacpsp.rbac.table import RoleRules

_MOST = 5
Idle = tuple[tuple[str, ...], bool]
"""The words of a role that a RoleBinding does not grant, and whether it grants no part of the role."""
_RULES = kubernetes("reference/access-authn-authz/rbac/#referring-to-resources", "referring to resources")
_REQUESTS = kubernetes(
    "reference/access-authn-authz/authorization/#determine-the-request-verb", "the attributes of a request"
)


def _is_aggregated(role: Role | ClusterRole) -> bool:
    """Whether the rules of a role are copies; the checks of roles leave it out."""
    return isinstance(role, ClusterRole) and role.aggregation_rule is not None


def _named_rules(view: View) -> Iterator[RuleOfRole]:
    return filterfalse(lambda named: _is_aggregated(named[0]), view.named_rules)


def _bootstrap_reason(view: View, role: Role | ClusterRole, rule: PolicyRule) -> str:
    """Why a rule of a role is not reported: Kubernetes itself creates the role with this rule."""
    return BOOTSTRAP_GRANT if any(rule in known.rules for known in view.bootstrap.roles(role)) else ""


def _brief(briefs: set[tuple[int, str]], role: Role | ClusterRole, index: int, words: str) -> str:
    """The words about a rule of a role, with its number if an earlier rule of the role has the same words."""
    key = (id(role), words)
    if key in briefs:
        return f"{words}, rule {index + 1}"
    briefs.add(key)
    return words


class _Notable(NamedTuple):
    """What the checks of words are about: little of a large cluster."""

    unusual: list[RuleOfRole]
    """The rules that may have a word that matches no request, or a part that no RoleBinding grants."""
    partial: set[int]
    """The ids of the roles that a RoleBinding may not grant completely; of aggregated ones, it is unknown."""


def _notable(view: View) -> _Notable:
    catalog = view.authorizer.catalog
    spelling = Spelling(catalog)

    def compare(one_resource: PolicyRule) -> Iterator[object]:
        yield from spelling.slips(one_resource)
        yield from ungranted(one_resource, "", catalog)

    parts = Parts((), compare)
    unusual = [
        (role, index, rule)
        for role in filterfalse(_is_aggregated, view.every_role)
        for index, rule in enumerate(role.rules)
        if not rule.resources or rule.non_resource_urls or not parts.gives_nothing(rule)
    ]
    varying = [named for named in view.named_rules if _names_namespaces(named[2])]
    return _Notable(unusual, {id(role) for role, _, _ in (*unusual, *varying)})


def _unmatched_words(view: View, rule: Rule) -> Iterator[Finding]:
    briefs: set[tuple[int, str]] = set()
    spelling = Spelling(view.authorizer.catalog)
    slips_of = lru_cache(maxsize=None)(spelling.slips)
    for role, index, policy_rule in view.memo(_notable).unusual:
        slips = slips_of(policy_rule)
        if not slips:
            continue
        dead = spelling.is_dead(policy_rule, slips)
        which = f"Rule {index + 1}" if dead else f"A part of rule {index + 1}"
        more = f" And {len(slips) - _MOST} more." if len(slips) > _MOST else ""
        sentences = " ".join(slip.sentence for slip in slips[:_MOST])
        words = dict.fromkeys(slip.brief for slip in slips[:_MOST])
        yield Finding(
            rule,
            rule.severity if dead else Severity.INFO,
            scope=role.namespace,
            about=role,
            detail=f"{which} matches no request. {sentences}{more}",
            remedy=f"correct rule {index + 1} of {role.kind} {role.name}, or remove it",
            ruled_out=_bootstrap_reason(view, role, policy_rule),
            brief=_brief(briefs, role, index, ", ".join(words)),
        )


def _starred_names(view: View, rule: Rule) -> Iterator[Finding]:
    briefs: set[tuple[int, str]] = set()
    for role, index, policy_rule in _named_rules(view):
        if "signers" in policy_rule.resources:  # their names may end in /*
            continue
        names = [name for name in dict.fromkeys(policy_rule.resource_names) if ALL in name]
        if not names:
            continue
        alone = names == [ALL]
        advice = "leave resourceNames out for all names" if alone else "write every name"
        yield Finding(
            rule,
            rule.severity,
            scope=role.namespace,
            about=role,
            detail=f"Rule {index + 1} names {', '.join(names)}, which no object can have as its name.",
            remedy=f"{advice}, in rule {index + 1} of {role.kind} {role.name}",
            ruled_out=_bootstrap_reason(view, role, policy_rule),
            brief=_brief(briefs, role, index, f"{', '.join(policy_rule.resources)} [{', '.join(names)}]"),
        )


def _created_by_name(view: View, rule: Rule) -> Iterator[Finding]:
    briefs: set[tuple[int, str]] = set()
    for role, index, policy_rule in _named_rules(view):
        resources = [resource for resource in dict.fromkeys(policy_rule.resources) if "/" not in resource]
        verbs = [verb for verb in dict.fromkeys(policy_rule.verbs) if verb in NAMELESS]
        if not (resources and verbs):
            continue
        words = f"{', '.join(verbs)} {', '.join(resources)}"
        verb_words = "and".join(f" {verb} " for verb in verbs).strip()
        applied = (
            " Only server-side apply, and an update that creates the object, send the name."
            if "create" in verbs
            else ""
        )
        yield Finding(
            rule,
            rule.severity,
            scope=role.namespace,
            about=role,
            detail=f"Rule {index + 1}: a {verb_words} request has no name, so resourceNames never "
            f"match it.{applied}",
            remedy=f"grant {verb_words} without resourceNames, in a separate rule, or remove it from "
            f"rule {index + 1} of {role.kind} {role.name}",
            ruled_out=_bootstrap_reason(view, role, policy_rule),
            brief=_brief(briefs, role, index, f"{words} [{', '.join(policy_rule.resource_names)}]"),
        )


def _beyond_namespaces(view: View, rule: Rule) -> Iterator[Finding]:
    catalog, partial = view.authorizer.catalog, view.memo(_notable).partial
    idle_in: dict[str, dict[RoleRules, Idle]] = defaultdict(dict)
    idle_everywhere: dict[RoleRules, Idle | None] = {}
    for granted in view.granted:
        scope, rules = granted.scope, granted.role
        if not scope or not (id(rules.role) in partial or _is_aggregated(rules.role)):
            continue
        if rules not in idle_everywhere:
            varies = any(map(_names_namespaces, rules.rules))
            idle_everywhere[rules] = None if varies else _idle_words(rules.rules, scope, catalog)
        idle = idle_everywhere[rules] or idle_in[scope].get(rules)
        if idle is None:
            idle = idle_in[scope][rules] = _idle_words(rules.rules, scope, catalog)
        words, nothing = idle
        if not words:
            continue
        binding, role = granted.binding, granted.role.role
        if _is_aggregated(role) and not nothing:
            continue
        more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
        idle_words = ", ".join([*words][:_MOST]) + more
        yield Finding(
            rule,
            rule.severity if nothing else Severity.INFO,
            scope=scope,
            about=binding,
            detail="A RoleBinding grants only permissions within its namespace. Of "
            f"{role.kind} {role.name}, it does not grant {idle_words}"
            f"{', and the role has nothing else' if nothing else ''}.",
            remedy=f"grant {idle_words} by a ClusterRoleBinding, or "
            + ("delete" if nothing else "leave it out of the role of")
            + f" RoleBinding {scope}/{binding.name}",
            ruled_out=BOOTSTRAP_GRANT if view.bootstrap.binding(binding) else "",
            brief=idle_words,
        )


def _names_namespaces(rule: PolicyRule) -> bool:
    """Whether the permissions of a rule in a namespace depend on the namespace's name."""
    return bool(rule.resource_names) and any(
        word.partition("/")[0] == "namespaces" for word in rule.resources
    )


def _idle_words(rules: Sequence[PolicyRule], scope: str, catalog: Catalog) -> Idle:
    """The parts of some rules that a RoleBinding does not grant, and whether it grants no part of them."""
    words = tuple(dict.fromkeys(word for rule in rules for word in ungranted(rule, scope, catalog)))
    return words, bool(words) and all(grants_nothing(rule, scope, catalog) for rule in rules)


RULES = (
    Rule(
        id="RBP140",
        name="unmatched-words",
        title="A rule has a word that matches no request",
        severity=Severity.LOW,
        why="Groups, resources and verbs are compared letter by letter, and the server stores a role without "
        "checking them. A singular, a capital letter, a wrong group or a verb of kubectl matches nothing.",
        gain="Nothing by itself; the intended subject does not hold the permission.",
        remedy="Correct the word, or remove it.",
        references=(
            HYGIENE,
            _RULES,
            Reference("Kubernetes issue 47574", "https://github.com/kubernetes/kubernetes/issues/47574"),
        ),
        check=_unmatched_words,
    ),
    Rule(
        id="RBP141",
        name="star-in-a-name",
        title="A name in resourceNames contains a star",
        severity=Severity.LOW,
        why="resourceNames are not patterns: a star is an ordinary character there, and no object has a name "
        "with a star.",
        gain="Nothing by itself; the intended subject does not hold the permission.",
        remedy="Write every name, or leave resourceNames out for all of them.",
        references=(HYGIENE, _RULES),
        check=_starred_names,
    ),
    Rule(
        id="RBP142",
        name="create-by-name",
        title="A rule limits by name a request that has no name",
        severity=Severity.LOW,
        why="A request that creates an object, or deletes a collection, has no object name in its URL, so no "
        "rule with resourceNames allows it.",
        gain="Nothing by itself; the intended subject cannot create the object with kubectl create.",
        remedy="Grant create without resourceNames, in a separate rule.",
        references=(
            _REQUESTS,
            Reference("Kubernetes: kubectl issue 779", "https://github.com/kubernetes/kubectl/issues/779"),
        ),
        check=_created_by_name,
    ),
    Rule(
        id="RBP143",
        name="beyond-the-namespace",
        title="A RoleBinding cannot grant permissions outside its namespace",
        severity=Severity.LOW,
        why="Requests for nodes, persistent volumes, cluster roles or URLs have no namespace, so only a "
        "ClusterRoleBinding grants them.",
        gain="Nothing by itself; the intended subject does not hold the permission.",
        remedy="Use a ClusterRoleBinding if the permission is intended.",
        references=(LEAST_PRIVILEGE, _REQUESTS),
        check=_beyond_namespaces,
    ),
)
