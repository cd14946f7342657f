"""Rules and bindings that read as if they granted something: matching is literal, and nothing warns of it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rbacpsp.audit.binding_findings import OWN
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.references import HYGIENE, LEAST_PRIVILEGE, Reference, kubernetes
from rbacpsp.audit.resource_rules import Parts
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.placement import NAMELESS
from rbacpsp.catalog.slips import Slip, Spelling
from rbacpsp.model import ClusterRole, PolicyRule, Role, RoleBinding
from rbacpsp.rbac.cluster_only import grants_nothing, ungranted
from rbacpsp.rbac.match import ALL

_MOST = 5
_RULES = kubernetes("reference/access-authn-authz/rbac/#referring-to-resources", "referring to resources")
_REQUESTS = kubernetes(
    "reference/access-authn-authz/authorization/#determine-the-request-verb", "the attributes of a request"
)


def _roles(view: View) -> Iterator[Role | ClusterRole]:
    """Every role whose rules somebody wrote: those of an aggregated one are copies."""
    yield from (role for role in view.objects.cluster_roles.values() if role.aggregation_rule is None)
    yield from view.objects.roles.values()


def _own(view: View, role: Role | ClusterRole, rule: PolicyRule) -> str:
    """Why a rule of a role is not reported: it is as Kubernetes brings it."""
    return OWN if any(rule in known.rules for known in view.bootstrap.roles(role)) else ""


def _unmatched(view: View, rule: Rule) -> Iterator[Finding]:
    spelling = Spelling(view.authorizer.catalog)
    slips_of = lru_cache(maxsize=None)(spelling.slips)
    parts: Parts[Slip] = Parts((), spelling.slips)
    for role in _roles(view):
        for place, each in enumerate(role.rules):
            if each.resources and not each.non_resource_urls and parts.gives_nothing(each):
                continue  # a word that no request can match is one in a rule for one resource, too
            slips = slips_of(each)
            if not slips:
                continue
            dead = spelling.is_dead(each, slips)
            which = f"Rule {place + 1}" if dead else f"A part of rule {place + 1}"
            more = f" And {len(slips) - _MOST} more." if len(slips) > _MOST else ""
            said = " ".join(slip.sentence for slip in slips[:_MOST])
            words = dict.fromkeys(slip.brief for slip in slips[:_MOST])
            yield Finding(
                rule,
                rule.severity if dead else Severity.INFO,
                scope=role.namespace,
                about=role,
                detail=f"{which} matches no request. {said}{more}",
                remedy=f"correct rule {place + 1} of {role.kind} {role.name}, or remove it",
                ruled_out=_own(view, role, each),
                brief=", ".join(words),
            )


def _stars(view: View, rule: Rule) -> Iterator[Finding]:
    for role in _roles(view):
        for place, each in enumerate(role.rules):
            if not each.resource_names or "signers" in each.resources:  # whose names may end in /*
                continue
            names = [name for name in dict.fromkeys(each.resource_names) if ALL in name]
            if not names:
                continue
            alone = names == [ALL]
            advice = "leave resourceNames out for all names" if alone else "write every name"
            yield Finding(
                rule,
                rule.severity,
                scope=role.namespace,
                about=role,
                detail=f"Rule {place + 1} names {', '.join(names)}, which no object can be called.",
                remedy=f"{advice}, in rule {place + 1} of {role.kind} {role.name}",
                ruled_out=_own(view, role, each),
                brief=f"{', '.join(each.resources)} [{', '.join(names)}]",
            )


def _created_by_name(view: View, rule: Rule) -> Iterator[Finding]:
    for role in _roles(view):
        for place, each in enumerate(role.rules):
            if not each.resource_names:
                continue
            whole = [resource for resource in dict.fromkeys(each.resources) if "/" not in resource]
            verbs = [verb for verb in dict.fromkeys(each.verbs) if verb in NAMELESS]
            if not (whole and verbs):
                continue
            said = "and".join(f" {verb} " for verb in verbs).strip()
            applied = (
                " Only a creation by server-side apply or by update is asked with the name."
                if "create" in verbs
                else ""
            )
            yield Finding(
                rule,
                rule.severity,
                scope=role.namespace,
                about=role,
                detail=f"Rule {place + 1}: a {said} request carries no name, so that resourceNames match "
                f"none.{applied}",
                remedy=f"grant {said} without resourceNames, in a rule of its own, or remove it from rule "
                f"{place + 1} of {role.kind} {role.name}",
                ruled_out=_own(view, role, each),
                brief=f"{', '.join(verbs)} {', '.join(whole)} [{', '.join(each.resource_names)}]",
            )


def _beyond_namespaces(view: View, rule: Rule) -> Iterator[Finding]:
    catalog = view.authorizer.catalog
    parts = Parts((), lambda rule: ungranted(rule, "", catalog))
    known: dict[tuple[int, str], tuple[tuple[str, ...], bool]] = {}
    everywhere: dict[int, bool] = {}
    for granted in view.granted:
        binding, role, rules = granted.binding, granted.role.role, granted.role.rules
        if type(binding) is not RoleBinding or not rules:
            continue
        scope = binding.namespace
        alike = everywhere.get(id(granted.role))
        if alike is None:
            alike = everywhere[id(granted.role)] = not _names_namespaces(rules)
        key = (id(granted.role), "" if alike else scope)
        idle = known.get(key)
        if idle is None:
            idle = known[key] = _idle(rules, scope, catalog, parts)
        words, nothing = idle
        shared = isinstance(role, ClusterRole) and role.aggregation_rule is not None
        if not words or (shared and not nothing):
            continue
        more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
        shown = ", ".join([*words][:_MOST]) + more
        yield Finding(
            rule,
            rule.severity if nothing else Severity.INFO,
            scope=scope,
            about=binding,
            detail="A RoleBinding grants only what lives in its namespace: of "
            f"{role.kind} {role.name} it does not grant {shown}"
            f"{', and nothing else is in it' if nothing else ''}.",
            remedy=f"grant {shown} by a ClusterRoleBinding, or "
            + ("delete" if nothing else "leave it out of the role of")
            + f" RoleBinding {scope}/{binding.name}",
            ruled_out=OWN if view.bootstrap.binding(binding) else "",
            brief=shown,
        )


def _names_namespaces(rules: Iterable[PolicyRule]) -> bool:
    """Whether what the rules grant in a namespace depends on its name."""
    return any("namespaces" in each.resources and each.resource_names for each in rules)


def _idle(
    rules: Sequence[PolicyRule], scope: str, catalog: Catalog, parts: Parts[str]
) -> tuple[tuple[str, ...], bool]:
    """What of some rules a RoleBinding does not grant, and whether it grants nothing at all."""
    if all(
        not each.resource_names and not each.non_resource_urls and parts.gives_nothing(each) for each in rules
    ):
        return (), False
    words = tuple(dict.fromkeys(word for each in rules for word in ungranted(each, scope, catalog)))
    return words, bool(words) and all(grants_nothing(each, scope, catalog) for each in rules)


RULES = (
    Rule(
        id="RBP140",
        name="unmatched-words",
        title="A rule names what no request is about",
        severity=Severity.LOW,
        why="Groups, resources and verbs are compared letter by letter, and a role is stored whatever it "
        "says: a singular, a capital letter, a wrong group or a verb of kubectl matches nothing.",
        gain="Nothing by itself; whoever was meant does not hold the permission.",
        remedy="Correct the word, or remove it.",
        references=(
            HYGIENE,
            _RULES,
            Reference("Kubernetes issue 47574", "https://github.com/kubernetes/kubernetes/issues/47574"),
        ),
        check=_unmatched,
    ),
    Rule(
        id="RBP141",
        name="star-in-a-name",
        title="A name in resourceNames has a star",
        severity=Severity.LOW,
        why="resourceNames know no pattern: a star there is a letter that no object's name can have.",
        gain="Nothing by itself; whoever was meant does not hold the permission.",
        remedy="Write every name, or leave resourceNames out for all of them.",
        references=(HYGIENE, _RULES),
        check=_stars,
    ),
    Rule(
        id="RBP142",
        name="create-by-name",
        title="A rule limits by name what carries no name",
        severity=Severity.LOW,
        why="The request that creates an object, or deletes a collection, names none in its URL, so that no "
        "rule with resourceNames allows it.",
        gain="Nothing by itself; whoever was meant can not create the object with kubectl create.",
        remedy="Grant create without resourceNames, in a rule of its own.",
        references=(
            _REQUESTS,
            Reference("Kubernetes: kubectl issue 779", "https://github.com/kubernetes/kubectl/issues/779"),
        ),
        check=_created_by_name,
    ),
    Rule(
        id="RBP143",
        name="beyond-the-namespace",
        title="A RoleBinding grants what lives in no namespace",
        severity=Severity.LOW,
        why="Requests for nodes, persistent volumes, cluster roles or URLs carry no namespace: only a "
        "ClusterRoleBinding grants them.",
        gain="Nothing by itself; whoever was meant does not hold the permission.",
        remedy="Use a ClusterRoleBinding where the permission is meant.",
        references=(LEAST_PRIVILEGE, _REQUESTS),
        check=_beyond_namespaces,
    ),
)
