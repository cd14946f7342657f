"""The smallest change that removes a finding, in words."""

from rbacpsp.audit.edits import Drop, Editor, GrantEdit
from rbacpsp.audit.finding import Finding
from rbacpsp.model import AnyObject, ClusterRole, Role
from rbacpsp.model.subjects import subject_text


class Changes:
    """The smallest changes that remove many findings; the wording for each role is cached."""

    def __init__(self) -> None:
        self._editor = Editor()
        self._narrowed: dict[int, tuple[str, ...]] = {}

    def of(self, finding: Finding) -> tuple[str, ...]:
        """What to do: a sentence for each binding or rule that must change; all of these changes are needed.

        If a rule of the role names the resource, the rule is narrowed, and the subject keeps its other
        permissions. If it uses a wildcard, or the role is aggregated or created by Kubernetes, the subject is
        removed from the binding instead. Keep the finding alive as long as this object, since the cache uses
        its id.
        """
        subject, rule = finding.subject, finding.rule
        if finding.way is not None:
            return tuple(sentence for edit in self._editor.of(finding) for sentence in edit_words(edit))
        if finding.remedy or subject is None or not finding.evidence:
            return (finding.remedy or rule.remedy,)
        sentences: tuple[str, ...] = ()
        for evidence in finding.evidence:
            edit = (
                self._editor.edit(evidence, subject)
                if rule.permissions
                else GrantEdit(evidence.binding, subject)
            )
            sentences += self._words(edit)
        return sentences if len(finding.evidence) == 1 else tuple(sorted(set(sentences)))

    def _words(self, edit: GrantEdit) -> tuple[str, ...]:
        """The sentences for an edit; those for a role are cached."""
        if not edit.drops:
            return edit_words(edit)
        sentences = self._narrowed.get(id(edit.drops))
        if sentences is None:
            sentences = self._narrowed[id(edit.drops)] = edit_words(edit)
        return sentences


def edit_words(edit: GrantEdit) -> tuple[str, ...]:
    """What to do, a sentence for each rule, sorted."""
    target = edit.target
    if isinstance(target, Role | ClusterRole):
        return tuple(sorted({_narrowing_words(target, drop) for drop in edit.drops}))
    assert edit.leaves is not None  # noqa: S101 - an edit of a binding names who leaves it
    return (f"remove {subject_text(edit.leaves)} from {object_words(target)}",)


def object_words(obj: AnyObject) -> str:
    """The kind, the namespace if there is one, and the name of an object."""
    return f"{obj.kind} {obj.namespace}/{obj.name}" if obj.namespace else f"{obj.kind} {obj.name}"


def _narrowing_words(role: Role | ClusterRole, drop: Drop) -> str:
    rule, verbs = role.rules[drop.rule_index], drop.verbs
    rule_words = f"rule {drop.rule_index + 1} of {object_words(role)}"
    if verbs >= set(rule.verbs):
        return (
            f"delete {rule_words}"
            if len(rule.resources) == 1
            else f"remove the resource {drop.resource} from {rule_words}"
        )
    words = (
        f"the verb{'s' if len(verbs) > 1 else ''} {', '.join(verb for verb in rule.verbs if verb in verbs)}"
    )
    if len(rule.resources) == 1:
        return f"remove {words} from {rule_words}"
    return f"move {drop.resource} out of {rule_words} into a rule without {words}"
