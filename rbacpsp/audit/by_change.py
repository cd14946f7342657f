"""The findings of an audit by the change that removes them: one a binding or a role, the worst first."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rbacpsp.audit.change import edit_words, named
from rbacpsp.audit.edits import Drop, Edit, Editor, accepted_roles, narrowed, without_subjects
from rbacpsp.audit.finding import Binding, Finding
from rbacpsp.audit.pod_specs import pod_specs, tokens
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import AnyObject, ClusterRole, Role, Subject
from rbacpsp.model.subjects import subject_text

MOST_NAMES = 5
"""How many sentences of a change are said in a line; the rest is counted."""
MOST_BRIEF = 100
"""How long a change may be in the cell of a table; what is longer is summed up."""

Needs = dict[Subject, tuple[str, ...]]
"""By service account: the loaded workloads and pods whose containers hold a token of it."""


@dataclass(frozen=True, eq=False)
class Change:
    """One binding, role or other object to change, and the findings that ask for it."""

    target: AnyObject | None
    """What is edited; None where only the remedy of the rule says what to do."""
    edits: tuple[Edit, ...]
    """What is done to it; empty where it is no edit of a binding or a role."""
    remedy: str
    """What to do where it is no such edit."""
    findings: tuple[Finding, ...]
    """What it removes by itself, the worst first."""
    shared: tuple[Finding, ...]
    """What it removes only together with other changes."""
    breaks: tuple[str, ...]
    """The loaded workloads and pods that hold what the change takes away, sorted."""

    @cached_property
    def severity(self) -> Severity:
        """That of the worst finding."""
        return min((each.severity for each in self.every), key=lambda severity: severity.rank)

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings that ask for it."""
        return self.findings + self.shared

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What to do, one sentence each, sorted."""
        if not self.edits:
            return (self.remedy,)
        target = self.target
        if isinstance(target, Role | ClusterRole):
            verbs: dict[tuple[int, str], frozenset[str]] = {}
            for drop in (drop for each in self.edits for drop in each.drops):
                key = (drop.rule_index, drop.resource)
                verbs[key] = verbs.get(key, frozenset()) | drop.verbs
            return edit_words(Edit(target, drops=tuple(Drop(*key, lost) for key, lost in verbs.items())))
        binding = self.edits[0].target
        if not isinstance(binding, Role | ClusterRole) and self.edited() is None:
            return (f"delete {named(binding)}",)
        return tuple(sorted({sentence for each in self.edits for sentence in edit_words(each)}))

    @property
    def words(self) -> str:
        """What to do, in a line."""
        more = len(self.sentences) - MOST_NAMES
        return "; ".join(self.sentences[:MOST_NAMES]) + (f"; and {more} more" if more > 0 else "")

    @property
    def brief(self) -> str:
        """What to do, as short as the cell of a table wants it."""
        target = self.target
        if not self.edits or target is None or len(self.words) <= MOST_BRIEF:
            return self.words
        if not isinstance(target, Role | ClusterRole):
            leaving = len({each.leaves for each in self.edits})
            return f"remove {leaving} subjects from {named(target)}"
        rules = sorted({drop.rule_index + 1 for each in self.edits for drop in each.drops})
        numbers = ", ".join(map(str, rules))
        return f"narrow rule{'s' if len(rules) > 1 else ''} {numbers} of {named(target)}"

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """What its findings are, each once, the worst first."""
        return tuple(dict.fromkeys(each.title for each in self.every))

    @cached_property
    def holders(self) -> tuple[Subject, ...]:
        """Whom its findings are about, sorted."""
        return tuple(sorted({each.subject for each in self.every if each.subject is not None}))

    @property
    def permissions(self) -> tuple[str, ...]:
        """What is granted, in words, without repetition."""
        return tuple(dict.fromkeys(each.permission for each in self.every if each.permission))

    def edited(self) -> AnyObject | None:
        """The object as it is after the change; None where it is to be deleted.

        Raises:
            ValueError: The change is no edit of a binding or a role.
        """
        target = self.target
        if not self.edits or target is None:
            raise ValueError("this change is no edit of a binding or a role")
        if isinstance(target, Role | ClusterRole):
            return narrowed(target, (drop for each in self.edits for drop in each.drops))
        binding: Binding = self.edits[0].target  # type: ignore[assignment]  # edits of one object
        return without_subjects(binding, frozenset(each.leaves for each in self.edits if each.leaves))


@dataclass
class _Group:
    target: AnyObject | None
    remedy: str = ""
    edits: dict[object, Edit] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    shared: list[Finding] = field(default_factory=list)


def changes(
    findings: Iterable[Finding], needs: Needs, ruled_out: Iterable[Finding] = ()
) -> tuple[Change, ...]:
    """The changes that findings ask for, the worst first, then those that remove most.

    Args:
        findings: What was found, the worst first.
        needs: What holds the tokens of service accounts, of `token_holders`.
        ruled_out: What was found and is not reported: roles that give it stay as they are.
    """
    groups: dict[object, _Group] = {}
    editor = Editor(accepted_roles(ruled_out))
    for finding in findings:
        needed = editor.of(finding)
        if not needed:
            remedy = finding.remedy or _advice(finding)
            about = finding.about
            key = (finding.rule.id, remedy, id(about) if about is not None else finding.subject)
            groups.setdefault(key, _Group(about, remedy)).findings.append(finding)
            continue
        targets = dict.fromkeys([id(each.target) for each in needed])
        for each in needed:
            group = groups.get(id(each.target))
            if group is None:
                group = groups[id(each.target)] = _Group(each.target)
            group.edits[each.leaves or id(each.drops)] = each
        for target in targets:
            group = groups[target]
            (group.findings if len(targets) == 1 else group.shared).append(finding)
    made = (_change(group, needs) for group in groups.values())
    return tuple(sorted(made, key=lambda each: (each.severity.rank, -len(each.findings), each.words)))


def _advice(finding: Finding) -> str:
    """What the rule of a finding advises, and for what: the rule names no object."""
    if finding.about is not None:
        return f"{named(finding.about)}: {finding.rule.remedy}"
    return (
        f"{subject_text(finding.subject)}: {finding.rule.remedy}" if finding.subject else finding.rule.remedy
    )


def changed_by(made: tuple[Edit, ...], findings: Iterable[Finding], needs: Needs) -> Change:
    """The change of one object that consists of some edits, with the findings that it removes."""
    return _change(
        _Group(made[0].target, edits={each.key: each for each in made}, findings=list(findings)), needs
    )


def _change(group: _Group, needs: Needs) -> Change:
    breaks: set[str] = set()
    if needs:
        losers = {edit.leaves for edit in group.edits.values() if edit.leaves is not None}
        if any(edit.drops for edit in group.edits.values()):
            losers |= {each.subject for each in (*group.findings, *group.shared) if each.subject is not None}
        breaks = {title for subject in losers for title in needs.get(subject, ())}
    return Change(
        group.target,
        tuple({each.key: each for each in group.edits.values()}.values()),
        group.remedy,
        tuple(group.findings),
        tuple(group.shared),
        tuple(sorted(breaks)),
    )


def token_holders(view: View) -> Needs:
    """The loaded workloads and pods by the service account whose token their containers hold."""
    found: dict[Subject, dict[str, None]] = {}
    for pod in pod_specs(view):
        for token in tokens(view, pod):
            subject = Subject("ServiceAccount", token.account, pod.namespace)
            found.setdefault(subject, {})[f"{pod.manifest.kind} {pod.namespace}/{pod.manifest.name}"] = None
    return {subject: tuple(titles) for subject, titles in found.items()}
