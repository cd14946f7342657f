"""The smallest change that removes a finding, in words."""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.edits import Drop, Editor, GrantEdit
from rbacpsp.audit.finding import Finding
from rbacpsp.model import AnyObject, ClusterRole, Role, Subject
from rbacpsp.model.result import enumerated
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
        if not edits:
            return (advice(finding),)
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


def advice(finding: Finding) -> str:
    """What to do about a finding that no edit of a binding or a role removes.

    It begins with the object or subject, unless the check of the rule says what to do.
    """
    if finding.remedy:
        return finding.remedy
    about, subject, rule = finding.about, finding.subject, finding.rule
    if finding.way is not None and finding.way.without_grants:
        what = finding.way.without_grants
        return f"{subject_text(subject)}: {what}" if subject else what
    if finding.way is None and subject is not None and finding.evidence:
        changed = dict.fromkeys(object_words(evidence.role) for evidence in finding.evidence)
        return f"restore {enumerated(changed)} as Kubernetes creates it"
    if about is not None:
        return f"{object_words(about)}: {rule.remedy}"
    return f"{subject_text(subject)}: {rule.remedy}" if subject else rule.remedy


def edit_words(edit: GrantEdit) -> tuple[str, ...]:
    """What to do, in sentences that hold whichever is carried out first, sorted."""
    target = edit.target
    if isinstance(target, Role | ClusterRole):
        return tuple(sorted(_narrowing_words(target, edit.drops)))
    assert edit.leaves is not None  # noqa: S101 - an edit of a binding names who leaves it
    return (_leaving_words(edit.leaves, object_words(target)),)


def _leaving_words(subject: Subject, binding: str) -> str:
    return f"remove {subject_text(subject)} from {binding}"


def object_words(obj: AnyObject) -> str:
    """The kind, the namespace if there is one, and the name of an object."""
    return f"{obj.kind} {obj.namespace}/{obj.name}" if obj.namespace else f"{obj.kind} {obj.name}"


def rules_words(indexes: Iterable[int]) -> str:
    """The numbers of some rules of a role in words: `rules 1, 2 and 5`."""
    numbers = [str(index + 1) for index in sorted(set(indexes))]
    return f"rule{'s' if len(numbers) > 1 else ''} {enumerated(numbers)}"


def _narrowing_words(role: Role | ClusterRole, drops: Iterable[Drop]) -> Iterator[str]:
    """A sentence for each rule and its lost verbs, and one for all rules to delete: deletions renumber."""
    target = object_words(role)
    lost: dict[tuple[int, frozenset[str]], list[str]] = {}
    for drop in drops:
        verbs = drop.verbs.intersection(role.rules[drop.rule_index].verbs)
        lost.setdefault((drop.rule_index, verbs), []).append(drop.resource)
    deleted = {
        index
        for (index, verbs), resources in lost.items()
        if verbs >= set(role.rules[index].verbs)
        and set(resources) >= set(role.rules[index].resources)
        and not role.rules[index].non_resource_urls
    }
    if deleted:
        yield f"delete {rules_words(deleted)} of {target}"
    for (index, verbs), resources in lost.items():
        if index in deleted:
            continue
        rule, of_rule = role.rules[index], f"rule {index + 1} of {target}"
        named = ", ".join(sorted(set(resources)))
        if verbs >= set(rule.verbs):
            yield f"remove the resource{'s' if len(set(resources)) > 1 else ''} {named} from {of_rule}"
            continue
        lost_verbs = [verb for verb in rule.verbs if verb in verbs]
        words = f"the verb{'s' if len(lost_verbs) > 1 else ''} {', '.join(lost_verbs)}"
        if len(rule.resources) == 1:
            yield f"remove {words} from {of_rule}"
        else:
            yield f"move {named} out of {of_rule} into a rule without {words}"
