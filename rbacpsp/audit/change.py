"""The smallest change that removes a finding, in words."""

from rbacpsp.audit.edits import Drop, Edit, Editor
from rbacpsp.audit.finding import Finding
from rbacpsp.model import AnyObject, ClusterRole, Role
from rbacpsp.model.subjects import subject_text


class Changes:
    """The smallest changes of many findings: what a role would lose is worded once, whoever holds it."""

    def __init__(self) -> None:
        self._editor = Editor()
        self._narrowed: dict[int, tuple[str, ...]] = {}

    def of(self, finding: Finding) -> tuple[str, ...]:
        """What to do, one sentence for each binding or rule that has to change; all of them are needed.

        Where the rule of the role grants what the finding is about by name, the rule is narrowed, which
        spares the other permissions of the subject. A wildcard, an aggregated role and a role that Kubernetes
        brings are left alone: there the subject leaves the binding. The finding must live as long as this.
        """
        subject, rule = finding.subject, finding.rule
        if finding.way is not None:
            return tuple(sentence for each in self._editor.of(finding) for sentence in edit_words(each))
        if finding.remedy or subject is None or not finding.evidence:
            return (finding.remedy or rule.remedy,)
        found: tuple[str, ...] = ()
        for each in finding.evidence:
            edit = self._editor.edit(each, subject) if rule.permissions else Edit(each.binding, subject)
            found += self._words(edit)
        return found if len(finding.evidence) == 1 else tuple(sorted(set(found)))

    def _words(self, edit: Edit) -> tuple[str, ...]:
        """What becomes of the object; that of a role is worded once."""
        if not edit.drops:
            return edit_words(edit)
        found = self._narrowed.get(id(edit.drops))
        if found is None:
            found = self._narrowed[id(edit.drops)] = edit_words(edit)
        return found


def edit_words(edit: Edit) -> tuple[str, ...]:
    """What to do, a sentence for each rule, sorted."""
    target = edit.target
    if isinstance(target, Role | ClusterRole):
        return tuple(sorted({_narrowed(target, drop) for drop in edit.drops}))
    assert edit.leaves is not None  # noqa: S101 - an edit of a binding names who leaves it
    return (f"remove {subject_text(edit.leaves)} from {named(target)}",)


def named(obj: AnyObject) -> str:
    """An object with its kind and, if it has one, its namespace."""
    return f"{obj.kind} {obj.namespace}/{obj.name}" if obj.namespace else f"{obj.kind} {obj.name}"


def _narrowed(role: Role | ClusterRole, drop: Drop) -> str:
    rule, verbs = role.rules[drop.rule_index], drop.verbs
    where = f"rule {drop.rule_index + 1} of {named(role)}"
    if verbs >= set(rule.verbs):
        return (
            f"delete {where}"
            if len(rule.resources) == 1
            else f"remove the resource {drop.resource} from {where}"
        )
    words = (
        f"the verb{'s' if len(verbs) > 1 else ''} {', '.join(verb for verb in rule.verbs if verb in verbs)}"
    )
    if len(rule.resources) == 1:
        return f"remove {words} from {where}"
    return f"move {drop.resource} out of {where} into a rule without {words}"
