"""Every rule that bindings grant, subject by subject."""

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
    """The answer, and the grants that it depends on."""

    answer: Answer
    grants: tuple[Grant, ...]


def all_rules(cluster: "Cluster", namespace: str | None, *, system: bool, documented: bool) -> AllRules:
    """The rules of each subject that bindings name; the rules of a group are listed only for the group.

    Args:
        cluster: The cluster.
        namespace: Only rules that apply in this namespace; None: all rules.
        system: Whether Kubernetes' own components are listed, not only counted.
        documented: Whether to make the items of JSON.
    """
    grants_by_subject: defaultdict[Subject, list[Grant]] = defaultdict(list)
    components: set[Subject] = set()
    for subject, grant in _grants(cluster, namespace):
        if not system and is_system_subject(grant.binding, grant.subject):
            components.add(subject)
        else:
            grants_by_subject[subject].append(grant)
    subjects = sorted(grants_by_subject)
    grants = tuple(grant for subject in subjects for grant in grants_by_subject[subject])
    idle = _Idle(cluster.catalog)
    rows = [
        (subject_text(subject), *rule_row(grant, idle(grant)))
        for subject in subjects
        for grant in grants_by_subject[subject]
    ]
    items = [
        {
            "subject": subject_json(subject),
            "items": [
                {"rule": rule_json(grant.rule), "grants": [held_grant_json(grant, idle(grant))]}
                for grant in grants_by_subject[subject]
            ],
        }
        for subject in (subjects if documented else ())
    ]
    table = rules_table(rows, ("subject",), omitted_line(len(components - grants_by_subject.keys())))
    where = {"allNamespaces": True} if namespace is None else {"namespace": namespace}
    return AllRules(Answer("AllRules", table, {**where, "items": items}, _names(grants_by_subject)), grants)


class _Idle:
    """Finds the parts of rules that a RoleBinding cannot grant, once for each rule and namespace."""

    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, str], tuple[str, ...]] = {}

    def __call__(self, grant: Grant) -> tuple[str, ...]:
        key = (id(grant.rule), grant.scope)
        idle = self._known.get(key)
        if idle is None:
            idle = self._known[key] = ineffective_parts(grant, self._catalog)
        return idle


def _names(grants_by_subject: dict[Subject, list[Grant]]) -> list[str]:
    return [subject_text(subject) for subject in sorted(grants_by_subject)]


def _grants(cluster: "Cluster", namespace: str | None) -> Iterator[tuple[Subject, Grant]]:
    """Each subject of a binding, with its namespace filled in, and each rule that the binding grants it."""
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
            for rule_index, rule in enumerate(role.rules):
                yield who, Grant(binding, role.role, rule_index, rule, subject, role.computed)
