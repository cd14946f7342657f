"""The smallest change that removes a finding, in words."""

from rbacpsp.audit.edits import Drop, Editor, GrantEdit
from rbacpsp.audit.finding import Finding
from rbacpsp.model import AnyObject, ClusterRole, Role, Subject
from rbacpsp.model.subjects import subject_text


class Changes:
    """The smallest changes that remove many findings; the wording for each role is cached."""

    def __init__(self) -> None:
        self._editor = Editor()
        self._narrowed: dict[int, tuple[str, ...]] = {}
        self._objects: dict[int, str] = {}

    def of(self, finding: Finding) -> tuple[str, ...]:
        """What to do: a sentence for each binding or rule that must change; all of these changes are needed.

        If a rule of the role names the resource, the rule is narrowed, and the subject keeps its other
        permissions. If it uses a wildcard, or the role is aggregated or created by Kubernetes, the subject is
        removed from the binding instead. Keep the finding alive as long as this object, since the cache uses
        its id.
        """
        if finding.way is None and (finding.remedy or finding.subject is None or not finding.evidence):
            return (finding.remedy or finding.rule.remedy,)
        edits = self._editor.of(finding)
        if len(edits) == 1:
            return self._words(edits[0])
        return tuple(sorted({sentence for edit in edits for sentence in self._words(edit)}))

    def _words(self, edit: GrantEdit) -> tuple[str, ...]:
        """The sentences for an edit; those for a role, and the words for a binding, are cached."""
        if edit.leaves is not None:
            target = self._objects.get(id(edit.target))
            if target is None:
                target = self._objects[id(edit.target)] = object_words(edit.target)
            return (_leaving_words(edit.leaves, target),)
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
    return (_leaving_words(edit.leaves, object_words(target)),)


def _leaving_words(subject: Subject, binding: str) -> str:
    return f"remove {subject_text(subject)} from {binding}"


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
