"""Every rule that is bound to somebody, subject by subject."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rbacpsp.cli.grants import rule_json, subject_json
from rbacpsp.cli.own import folded_line, is_own
from rbacpsp.cli.rule_rows import held_json, idle_of, rule_row, rules_table
from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Grant
from rbacpsp.report.answer import Answer

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


class AllRules(NamedTuple):
    """The answer, and the grants that it rests on."""

    answer: Answer
    grants: tuple[Grant, ...]


def all_rules(cluster: "Cluster", namespace: str | None, *, system: bool) -> AllRules:
    """What is bound to each subject, as the bindings write it: what groups bring stands with the group.

    Args:
        cluster: Where.
        namespace: Only what holds in this namespace; None: everything.
        system: Whether Kubernetes' own components are listed one by one.
    """
    held: defaultdict[Subject, list[Grant]] = defaultdict(list)
    own: set[Subject] = set()
    for subject, grant in _grants(cluster, namespace):
        if not system and is_own(grant.binding, grant.subject):
            own.add(subject)
        else:
            held[subject].append(grant)
    grants = tuple(grant for subject in sorted(held) for grant in held[subject])
    idle = {grant: idle_of(grant, cluster.catalog) for grant in grants if grant.scope}
    rows = [
        (subject_text(subject), *rule_row(grant, idle.get(grant, ())))
        for subject in sorted(held)
        for grant in held[subject]
    ]
    items = [
        {
            "subject": subject_json(subject),
            "items": [
                {"rule": rule_json(grant.rule), "grants": [held_json(grant, idle.get(grant, ()))]}
                for grant in held[subject]
            ],
        }
        for subject in sorted(held)
    ]
    table = rules_table(rows, ("subject",), folded_line(len(own - held.keys())))
    where = {"allNamespaces": True} if namespace is None else {"namespace": namespace}
    return AllRules(Answer("AllRules", table, {**where, "items": items}, _names(held)), grants)


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
