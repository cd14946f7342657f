"""The findings of an audit, grouped by the change of a binding or a role that removes them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rbacpsp.audit.change import advice, edit_words, object_words, rules_words
from rbacpsp.audit.edits import Drop, Editor, GrantEdit, accepted_roles, narrow_role, remove_subjects
from rbacpsp.audit.finding import Binding, Finding
from rbacpsp.audit.permission import Match, permission_words
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.model import AnyObject, ClusterRole, Role, Subject

MOST_NAMES = 5
"""How many sentences of a change a line contains; further ones are only counted."""
MOST_BRIEF = 100
"""How many characters a change may have in a table cell; a longer one is summarized."""


@dataclass(frozen=True, eq=False)
class Remediation:
    """One binding, role or other object to change, and the findings that ask for it."""

    target: AnyObject | None
    """The object that is edited; None if only the remedy of the rule says what to do."""
    edits: tuple[GrantEdit, ...]
    """The edits of it; empty if the change is not an edit of a binding or a role."""
    remedy: str
    """What to do if there are no edits."""
    findings: tuple[Finding, ...]
    """The findings that it removes by itself, the worst first."""
    shared: tuple[Finding, ...]
    """The findings that it removes only together with other changes."""
    breaks: tuple[str, ...]
    """The loaded workloads and pods that lose a permission by the change, or are refused after it, sorted."""

    @cached_property
    def severity(self) -> Severity:
        """The severity of the worst finding."""
        return min((finding.severity for finding in self.every), key=lambda severity: severity.rank)

    @property
    def every(self) -> tuple[Finding, ...]:
        """All findings that the change removes, alone or together with others."""
        return self.findings + self.shared

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What to do, one sentence each, sorted."""
        if not self.edits:
            return (self.remedy,)
        target = self.target
        if isinstance(target, Role | ClusterRole):
            verbs: dict[tuple[int, str], frozenset[str]] = {}
            for drop in (drop for edit in self.edits for drop in edit.drops):
                key = (drop.rule_index, drop.resource)
                verbs[key] = verbs.get(key, frozenset()) | drop.verbs
            return edit_words(
                GrantEdit(target, drops=tuple(Drop(*key, lost_verbs) for key, lost_verbs in verbs.items()))
            )
        binding = self.edits[0].target
        if not isinstance(binding, Role | ClusterRole) and self.edited() is None:
            return (f"delete {object_words(binding)}",)
        return tuple(sorted({sentence for edit in self.edits for sentence in edit_words(edit)}))

    @property
    def words(self) -> str:
        """What to do, in a line."""
        more = len(self.sentences) - MOST_NAMES
        return "; ".join(self.sentences[:MOST_NAMES]) + (f"; and {more} more" if more > 0 else "")

    @property
    def brief(self) -> str:
        """What to do, short enough for a table cell."""
        target = self.target
        if not self.edits or target is None or len(self.words) <= MOST_BRIEF:
            return self.words
        if not isinstance(target, Role | ClusterRole):
            leaving = len({edit.leaves for edit in self.edits})
            return f"remove {leaving} subjects from {object_words(target)}"
        rules = rules_words(drop.rule_index for edit in self.edits for drop in edit.drops)
        return f"narrow {rules} of {object_words(target)}"

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of its findings, each once, the worst first."""
        return tuple(dict.fromkeys(finding.title for finding in self.every))

    @property
    def holders(self) -> tuple[Subject, ...]:
        """The subjects of its findings, sorted."""
        return tuple(sorted({finding.subject for finding in self.every if finding.subject is not None}))

    @property
    def permissions(self) -> tuple[str, ...]:
        """What is granted, in words, without repetition."""
        by_ids: dict[tuple[int, ...], tuple[Match, ...]] = {}
        for finding in self.every:
            matches = finding.matches
            by_ids[tuple(map(id, matches))] = matches
        return tuple(dict.fromkeys(filter(None, map(permission_words, by_ids.values()))))

    def edited(self) -> AnyObject | None:
        """The object after the change; None if it is to be deleted.

        Raises:
            ValueError: The change is not an edit of a binding or a role.
        """
        target = self.target
        if not self.edits or target is None:
            raise ValueError("this change is not an edit of a binding or a role")
        if isinstance(target, Role | ClusterRole):
            return narrow_role(target, (drop for edit in self.edits for drop in edit.drops))
        binding: Binding = self.edits[0].target  # type: ignore[assignment]  # edits of one object
        return remove_subjects(binding, frozenset(edit.leaves for edit in self.edits if edit.leaves))


@dataclass(slots=True)
class _Group:
    target: AnyObject | None
    remedy: str = ""
    edits: dict[object, GrantEdit] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    shared: list[Finding] = field(default_factory=list)


def changes(
    findings: Iterable[Finding], needs: TokenHolders | None, ruled_out: Iterable[Finding] = ()
) -> tuple[Remediation, ...]:
    """The changes that findings ask for, the worst first, then those that remove most.

    Args:
        findings: The reported findings, the worst first.
        needs: The workloads that hold the tokens of service accounts; None if `breaks` does not matter.
        ruled_out: The findings that are not reported; the roles that grant these stay unchanged.
    """
    groups: dict[object, _Group] = {}
    editor = Editor(accepted_roles(ruled_out))
    for finding in findings:
        needed = editor.of(finding)
        if not needed:
            remedy = advice(finding)
            about = finding.about
            key = (finding.rule.id, remedy, id(about) if about is not None else finding.subject)
            groups.setdefault(key, _Group(about, remedy)).findings.append(finding)
            continue
        targets: dict[int, _Group] = {}
        for edit in needed:
            group = groups.get(id(edit.target))
            if group is None:
                group = groups[id(edit.target)] = _Group(edit.target)
            group.edits[edit.leaves or id(edit.drops)] = edit
            targets[id(edit.target)] = group
        for group in targets.values():
            (group.findings if len(targets) == 1 else group.shared).append(finding)
    changes = (_change(groups.pop(key), needs) for key in list(groups))
    return tuple(
        sorted(changes, key=lambda change: (change.severity.rank, -len(change.findings), change.words))
    )


def change_of_edits(
    edits: tuple[GrantEdit, ...], findings: Iterable[Finding], needs: TokenHolders
) -> Remediation:
    """The change of one object that consists of some edits, with the findings that it removes."""
    return _change(
        _Group(edits[0].target, edits={edit.key: edit for edit in edits}, findings=list(findings)), needs
    )


def _change(group: _Group, needs: TokenHolders | None) -> Remediation:
    breaks = set(needs.losing(group.edits.values())) if needs else set()
    if not group.edits:
        breaks.update(title for finding in group.findings for title in finding.breaks)
    return Remediation(
        group.target,
        tuple({edit.key: edit for edit in group.edits.values()}.values()),
        group.remedy,
        tuple(group.findings),
        tuple(group.shared),
        tuple(sorted(breaks)),
    )
