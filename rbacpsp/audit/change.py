"""The smallest change that removes a finding."""

from collections.abc import Iterator

from rbacpsp.audit.finding import Binding, Evidence, Finding, Hit
from rbacpsp.model import ClusterRole, PolicyRule, Role, RoleBinding
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.match import ALL

_BROUGHT = "kubernetes.io/bootstrapping"
_WELL_KNOWN = frozenset({"cluster-admin", "admin", "edit", "view"})


def smallest_changes(finding: Finding) -> tuple[str, ...]:
    """What to do, one sentence for each binding or rule that has to change; all of them are needed.

    Where the rule of the role grants what the finding is about by name, the rule is narrowed, which spares
    the other permissions of the subject. A wildcard, an aggregated role and a role that Kubernetes brings
    are left alone: there the subject leaves the binding.
    """
    if finding.remedy:
        return (finding.remedy,)
    return tuple(sorted(set(_changes(finding))))


def _changes(finding: Finding) -> Iterator[str]:
    if finding.subject is None:
        yield finding.rule.remedy
        return
    if not finding.evidence:
        yield finding.rule.remedy
    for each in finding.evidence:
        if (
            _shared(each.role)
            or finding.rule.check is not None
            or any(_broad(each, hit) for hit in each.hits)
        ):
            yield f"remove {subject_text(finding.subject)} from {binding_words(each.binding)}"
        else:
            verbs: dict[tuple[int, str], set[str]] = {}
            for hit in each.hits:
                key = (hit.rule_index, hit.match.permission.resource)
                verbs.setdefault(key, set()).update(hit.match.verbs)
            for (index, resource), granted in verbs.items():
                yield _narrowed(each, index, resource, granted)


def binding_words(binding: Binding) -> str:
    """A binding with its kind and, if it has one, its namespace."""
    return f"{binding.kind} {_name(binding)}"


def role_words(role: Role | ClusterRole) -> str:
    """A role with its kind and, if it has one, its namespace."""
    return f"{role.kind} {_name(role)}"


def _name(obj: RoleBinding | Binding | Role | ClusterRole) -> str:
    return f"{obj.namespace}/{obj.name}" if obj.namespace else obj.name


def _shared(role: Role | ClusterRole) -> bool:
    """Whether others rely on the role as it is."""
    return (
        role.name in _WELL_KNOWN
        or role.name.startswith("system:")
        or _BROUGHT in role.metadata.labels
        or (isinstance(role, ClusterRole) and role.aggregation_rule is not None)
    )


def _broad(evidence: Evidence, hit: Hit) -> bool:
    rule = evidence.role.rules[hit.rule_index]
    words = (*rule.verbs, *rule.api_groups, *rule.resources, *rule.non_resource_urls)
    return any(ALL in word for word in words)


def _narrowed(evidence: Evidence, index: int, resource: str, verbs: set[str]) -> str:
    rule: PolicyRule = evidence.role.rules[index]
    where = f"rule {index + 1} of {role_words(evidence.role)}"
    if verbs >= set(rule.verbs):
        return (
            f"delete {where}" if len(rule.resources) == 1 else f"remove the resource {resource} from {where}"
        )
    words = (
        f"the verb{'s' if len(verbs) > 1 else ''} {', '.join(verb for verb in rule.verbs if verb in verbs)}"
    )
    if len(rule.resources) == 1:
        return f"remove {words} from {where}"
    return f"move {resource} out of {where} into a rule without {words}"
