"""Bindings and roles that do not grant what they seem to grant."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from rbacpsp.apply.selectors import selects
from rbacpsp.audit.binding_findings import BOOTSTRAP_GRANT
from rbacpsp.audit.finding import Binding, Finding
from rbacpsp.audit.references import (
    AGGREGATION,
    CIS_CLUSTER_ADMIN,
    CLUSTER_ROLES,
    HYGIENE,
    LEAST_PRIVILEGE,
    NSA_RBAC,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, ObjectMeta, Role, RoleBinding, Subject
from rbacpsp.model.go import quote
from rbacpsp.model.rbac import LabelSelector
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.near import missing_accounts, near_accounts, near_roles
from rbacpsp.rbac.table import RoleRules

MANY_ROLES = 12
MANY_SUBJECTS = 40
_KINDS = frozenset({"User", "Group", "ServiceAccount"})


def _bootstrap_reason(known: bool) -> str:
    return BOOTSTRAP_GRANT if known else ""


def _binding_words(binding: Binding) -> str:
    namespace_words = f" of namespace {binding.namespace}" if isinstance(binding, RoleBinding) else ""
    return f"{binding.kind} {binding.name}{namespace_words}"


def _dangling(view: View, rule: Rule) -> Iterator[Finding]:
    for binding in view.dangling:
        error = view.role_of(binding).error
        ref = binding.role_ref
        near = near_roles(view.objects, ref, binding.namespace)
        meant = f" {'; '.join(near)}." if near else ""
        remedy = f"delete {_binding_words(binding)}, or create the role that it names"
        if near:
            remedy += ", or create it again for the intended role"
        absent = f"does not exist: {error}"
        if ref.kind in view.objects.partly_read:
            absent = "is not in these files"
            remedy = f"also read the file that defines {ref.kind} {ref.name}; if no file does, {remedy}"
        known = Role if ref.kind == "Role" else ClusterRole
        namespace = binding.namespace if ref.kind == "Role" else ""
        if view.bootstrap.role(known(metadata=ObjectMeta(name=ref.name, namespace=namespace))):
            meant = f" Kubernetes creates this role itself: it was removed, or was not loaded.{meant}"
            remedy = f"load {ref.kind} {ref.name}, or restore it where it was removed"
        yield Finding(
            rule,
            rule.severity,
            scope=binding.namespace,
            about=binding,
            detail=f"{ref.kind} {ref.name} {absent}.{meant}",
            remedy=remedy,
            ruled_out=_bootstrap_reason(view.bootstrap.binding(binding)),
        )


def _without_subjects(view: View, rule: Rule) -> Iterator[Finding]:
    for binding in view.bindings:
        if not binding.subjects:
            yield Finding(
                rule,
                rule.severity,
                scope=binding.namespace,
                about=binding,
                detail=f"It would grant {binding.role_ref.kind} {binding.role_ref.name} to nobody.",
                remedy=f"delete {_binding_words(binding)}",
                ruled_out=_bootstrap_reason(view.bootstrap.binding(binding)),
            )


def _reaches_nobody(view: View, rule: Rule) -> Iterator[Finding]:
    for binding in view.incomplete:
        nobodies = [
            subject
            for subject in binding.subjects
            if subject.kind not in _KINDS
            or (subject.kind == "ServiceAccount" and not (subject.namespace or binding.namespace))
        ]
        for subject in dict.fromkeys(nobodies):
            if subject.kind not in _KINDS:
                why = f"The API server does not know subjects of kind {quote(subject.kind)}."
            else:
                why = "A service account without a namespace matches nobody in a ClusterRoleBinding."
            yield Finding(
                rule, rule.severity, scope=binding.namespace, about=binding, detail=f"{subject.name}: {why}"
            )


def _missing_accounts(view: View, rule: Rule) -> Iterator[Finding]:
    dangling: dict[Subject, list[Binding]] = defaultdict(list)
    for binding in view.dangling:
        for subject in view.subjects_of(binding):
            dangling[subject].append(binding)
    named = chain(view.by_subject, (subject for subject in dangling if subject not in view.by_subject))
    absent = "is not in these files" if "ServiceAccount" in view.objects.partly_read else "does not exist"
    for subject in missing_accounts(view.objects, named):
        if view.bootstrap.account(subject.namespace, subject.name):
            continue
        bindings = [granted.binding for granted in view.by_subject.get(subject, ())]
        bindings += dangling.get(subject, ())
        binding_words = ", ".join(sorted({_binding_words(binding) for binding in bindings}))
        near = near_accounts(view.objects, subject)
        first = min(bindings, key=lambda binding: (binding.namespace, binding.name))
        yield Finding(
            rule,
            rule.severity,
            scope=first.namespace,
            about=first,
            detail=f"{subject_text(subject)} {absent}; it is named by {binding_words}."
            + (f" {'; '.join(near)}." if near else ""),
            remedy=f"remove {subject_text(subject)} from {binding_words}",
            brief=subject_text(subject),
        )


def _unbound(view: View, rule: Rule) -> Iterator[Finding]:
    objects = view.objects
    bound = [rules.role for rules in {granted.role for granted in view.granted}]
    # The rules of an aggregated role are computed, and make it another object.
    used = {role.name for role in bound if isinstance(role, ClusterRole)}
    used |= {role.name for role in objects.cluster_roles.values() if _is_copied(role, objects.cluster_roles)}
    bound_ids = set(map(id, bound))
    partly = not objects.partly_read.isdisjoint({"RoleBinding", "ClusterRoleBinding"})
    everything: list[Role | ClusterRole] = [*objects.cluster_roles.values(), *objects.roles.values()]
    for role in everything:
        if id(role) in bound_ids or (isinstance(role, ClusterRole) and role.name in used):
            continue
        yield Finding(
            rule,
            rule.severity,
            scope=role.namespace,
            about=role,
            detail="No binding in these files names it; the server may have other bindings."
            if partly
            else "",
            remedy=f"delete {role.kind} {role.name}, or bind it",
            ruled_out=_bootstrap_reason(view.bootstrap.role(role)),
        )


def _selectors(role: ClusterRole) -> tuple[LabelSelector, ...]:
    return role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else ()


def _is_copied(role: ClusterRole, roles: dict[str, ClusterRole]) -> bool:
    labels = role.metadata.labels
    return bool(labels) and any(
        other is not role and any(selects(selector, labels) for selector in _selectors(other))
        for other in roles.values()
        if other.aggregation_rule
    )


def _redundant(view: View, rule: Rule) -> Iterator[Finding]:
    """Bindings that grant a role to a subject that has it already, in the same scope or the whole cluster."""
    for subject, held in view.by_subject.items():
        if len(held) == 1 or len({granted.role for granted in held}) == len(held):
            continue
        everywhere: dict[RoleRules, Binding] = {}
        first: dict[tuple[RoleRules, str], Binding] = {}
        for granted in held:  # those in the whole cluster come first
            binding, role, scope = granted.binding, granted.role, granted.scope
            if scope:
                other = everywhere.get(role) or first.setdefault((role, scope), binding)
            else:
                other = everywhere.setdefault(role, binding)
            if other is binding:
                continue
            ref = binding.role_ref
            yield Finding(
                rule,
                rule.severity,
                scope=binding.namespace,
                about=binding,
                detail=f"{_binding_words(other)} grants {ref.kind} {ref.name} to {subject_text(subject)} "
                "already.",
                remedy=f"remove {subject_text(subject)} from {_binding_words(binding)}",
                brief=subject_text(subject),
            )


def _many_roles(view: View, rule: Rule) -> Iterator[Finding]:
    for subject, held in view.by_subject.items():
        if len(held) < MANY_ROLES:
            continue
        roles = {grant.role for grant in held}
        if len(roles) >= MANY_ROLES:
            yield Finding(
                rule, rule.severity, subject, detail=f"It is bound to {len(roles)} different roles."
            )


def _many_subjects(view: View, rule: Rule) -> Iterator[Finding]:
    for name, every in view.by_scope.items():
        if not name or sum(len(granted.subjects) for granted in every) < MANY_SUBJECTS:
            continue
        subjects = {id(subject) for granted in every for subject in granted.subjects}
        if len(subjects) >= MANY_SUBJECTS:
            yield Finding(
                rule,
                rule.severity,
                scope=name,
                about=view.objects.namespaces.get(name),
                detail=f"{len(subjects)} subjects are bound in namespace {name}.",
            )


def _selects_everything(view: View, rule: Rule) -> Iterator[Finding]:
    for role in view.objects.cluster_roles.values():
        if any(not selector.match_labels and not selector.match_expressions for selector in _selectors(role)):
            yield Finding(
                rule,
                rule.severity,
                about=role,
                detail="An empty selector matches every ClusterRole, cluster-admin included.",
                remedy=f"give the aggregationRule of ClusterRole {role.name} a label that only the "
                "intended roles have",
            )


RULES = (
    Rule(
        id="RBP120",
        name="dangling-role",
        title="A binding refers to a role that was not found",
        severity=Severity.LOW,
        why="It grants nothing now. Once somebody creates a role of that name, the binding grants that role.",
        gain="Whoever may create roles can grant permissions in a way that a review of the bindings does not "
        "notice.",
        remedy="Delete the binding.",
        references=(HYGIENE, CLUSTER_ROLES),
        check=_dangling,
    ),
    Rule(
        id="RBP121",
        name="no-subjects",
        title="A binding has no subjects",
        severity=Severity.INFO,
        why="It grants nothing, and does not show who was meant to get the role.",
        gain="Nothing by itself.",
        remedy="Delete the binding.",
        references=(HYGIENE,),
        check=_without_subjects,
    ),
    Rule(
        id="RBP122",
        name="subject-reaches-nobody",
        title="A subject of a binding matches nobody",
        severity=Severity.LOW,
        why="The intended subject does not hold the permission, although the binding looks as if it did.",
        gain="Nothing by itself.",
        remedy="Correct the subject, or remove it.",
        references=(HYGIENE,),
        check=_reaches_nobody,
    ),
    Rule(
        id="RBP123",
        name="missing-account",
        title="A binding names a service account that does not exist",
        severity=Severity.LOW,
        why="Whoever creates a service account of that name gets its permissions.",
        gain="The permissions, for whoever may create service accounts in that namespace.",
        remedy="Remove the subject from the binding.",
        references=(HYGIENE, LEAST_PRIVILEGE),
        check=_missing_accounts,
    ),
    Rule(
        id="RBP124",
        name="unbound-role",
        title="No binding grants this role",
        severity=Severity.INFO,
        why="It grants nothing now; a later binding to it may grant more than its author expects.",
        gain="Nothing by itself.",
        remedy="Delete the role.",
        references=(HYGIENE,),
        check=_unbound,
    ),
    Rule(
        id="RBP125",
        name="redundant-grant",
        title="A binding grants what another one grants already",
        severity=Severity.INFO,
        why="Removing one of the two bindings seems to remove the permission, but does not.",
        gain="Nothing by itself; the subject keeps a permission that somebody meant to remove.",
        remedy="Remove the subject from one of the bindings.",
        references=(NSA_RBAC, HYGIENE),
        check=_redundant,
    ),
    Rule(
        id="RBP126",
        name="many-roles",
        title=f"A subject is bound to {MANY_ROLES} roles or more",
        severity=Severity.INFO,
        why="With so many roles, it is hard to see what the subject may do and which of these permissions it "
        "still needs.",
        gain="Nothing by itself.",
        remedy="Give it one role whose name says what it is for.",
        references=(NSA_RBAC, HYGIENE, LEAST_PRIVILEGE),
        check=_many_roles,
    ),
    Rule(
        id="RBP127",
        name="many-subjects",
        title=f"{MANY_SUBJECTS} subjects or more are bound in one namespace",
        severity=Severity.INFO,
        why="RoleBindings separate subjects by namespace. A namespace that so many subjects share hardly "
        "separates them.",
        gain="Nothing by itself.",
        remedy="Split the namespace, or bind groups.",
        references=(NSA_RBAC, HYGIENE, LEAST_PRIVILEGE),
        check=_many_subjects,
    ),
    Rule(
        id="RBP128",
        name="aggregates-everything",
        title="An aggregated role copies every other role",
        severity=Severity.HIGH,
        why="The controller copies the rules of every ClusterRole that a selector matches, and an empty "
        "selector matches all of them. The role is as powerful as cluster-admin.",
        gain="The whole cluster, for every holder of the role.",
        remedy="Select by a label that only the intended roles have.",
        references=(AGGREGATION, CIS_CLUSTER_ADMIN),
        check=_selects_everything,
    ),
)
