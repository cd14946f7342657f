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
    return Changes().of(finding)


class Changes:
    """The smallest changes of many findings: what a role would lose is worded once, whoever holds it."""

    def __init__(self) -> None:
        self._narrowed: dict[tuple[int, int], tuple[str, ...]] = {}

    def of(self, finding: Finding) -> tuple[str, ...]:
        """What `smallest_changes` says; the finding must live as long as this."""
        subject, rule = finding.subject, finding.rule
        if finding.remedy or subject is None or not finding.evidence:
            return (finding.remedy or rule.remedy,)
        found: tuple[str, ...] = ()
        for each in finding.evidence:
            narrowed = () if rule.check is not None else self._of_role(each)
            found += narrowed or (f"remove {subject_text(subject)} from {binding_words(each.binding)}",)
        return found if len(finding.evidence) == 1 else tuple(sorted(set(found)))

    def _of_role(self, evidence: Evidence) -> tuple[str, ...]:
        """What becomes of the role, sorted; nothing where the subject has to leave the binding."""
        key = (id(evidence.role), id(evidence.hits))
        found = self._narrowed.get(key)
        if found is None:
            found = self._narrowed[key] = tuple(sorted(set(_changes(evidence))))
        return found


def _changes(evidence: Evidence) -> Iterator[str]:
    if _shared(evidence.role) or any(_broad(evidence, hit) for hit in evidence.hits):
        return
    verbs: dict[tuple[int, str], set[str]] = {}
    for hit in evidence.hits:
        key = (hit.rule_index, hit.match.permission.resource)
        verbs.setdefault(key, set()).update(hit.match.verbs)
    for (index, resource), granted in verbs.items():
        yield _narrowed(evidence, index, resource, granted)


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
