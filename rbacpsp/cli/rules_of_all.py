"""Every rule that is bound to somebody, subject by subject."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rbacpsp.cli.grants import rule_json, subject_json
from rbacpsp.cli.rule_rows import held_grant_json, ineffective_parts, rule_row, rules_table
from rbacpsp.cli.system_subjects import is_system_subject, omitted_line
from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Grant
from rbacpsp.report.answer import Answer

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog
    from rbacpsp.cluster import Cluster


class AllRules(NamedTuple):
    """The answer, and the grants that it rests on."""

    answer: Answer
    grants: tuple[Grant, ...]


def all_rules(cluster: "Cluster", namespace: str | None, *, system: bool, documented: bool) -> AllRules:
    """What is bound to each subject, as the bindings write it: what groups bring stands with the group.

    Args:
        cluster: Where.
        namespace: Only what holds in this namespace; None: everything.
        system: Whether Kubernetes' own components are listed one by one.
        documented: Whether a program reads the answer: its items are made only then.
    """
    held: defaultdict[Subject, list[Grant]] = defaultdict(list)
    own: set[Subject] = set()
    for subject, grant in _grants(cluster, namespace):
        if not system and is_system_subject(grant.binding, grant.subject):
            own.add(subject)
        else:
            held[subject].append(grant)
    subjects = sorted(held)
    grants = tuple(grant for subject in subjects for grant in held[subject])
    idle = _Idle(cluster.catalog)
    rows = [
        (subject_text(subject), *rule_row(grant, idle(grant)))
        for subject in subjects
        for grant in held[subject]
    ]
    items = [
        {
            "subject": subject_json(subject),
            "items": [
                {"rule": rule_json(grant.rule), "grants": [held_grant_json(grant, idle(grant))]}
                for grant in held[subject]
            ],
        }
        for subject in (subjects if documented else ())
    ]
    table = rules_table(rows, ("subject",), omitted_line(len(own - held.keys())))
    where = {"allNamespaces": True} if namespace is None else {"namespace": namespace}
    return AllRules(Answer("AllRules", table, {**where, "items": items}, _names(held)), grants)


class _Idle:
    """What a RoleBinding cannot grant of a rule; each rule is looked at once in each namespace."""

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, str], tuple[str, ...]] = {}

    def __call__(self, grant: Grant) -> tuple[str, ...]:
        key = (id(grant.rule), grant.scope)
        idle = self._known.get(key)
        if idle is None:
            idle = self._known[key] = ineffective_parts(grant, self._catalog)
        return idle


def _names(held: dict[Subject, list[Grant]]) -> list[str]:
    return [subject_text(subject) for subject in sorted(held)]


def _grants(cluster: "Cluster", namespace: str | None) -> Iterator[tuple[Subject, Grant]]:
    """Each subject as it is the same everywhere, with each rule of each of its bindings."""
    objects = cluster.objects
    bindings: list[ClusterRoleBinding | RoleBinding] = [
        objects.cluster_role_bindings[name] for name in sorted(objects.cluster_role_bindings)
    ]
    bindings += [
        objects.role_bindings[key] for key in sorted(objects.role_bindings) if namespace in {None, key[0]}
    ]
    for binding in bindings:
        role = cluster.authorizer.referred(binding)
        for subject in dict.fromkeys(binding.subjects):
            who = subject
            if subject.kind == "ServiceAccount" and not subject.namespace:
                who = Subject(subject.kind, subject.name, binding.metadata.namespace)
            for place, rule in enumerate(role.rules):
                yield who, Grant(binding, role.role, place, rule, subject, role.computed)
