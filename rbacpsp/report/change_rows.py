"""The changes that remove the findings of an audit as rows and sections: first the best, then the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.by_change import Change
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.plan import MOST_FINDINGS, Plan
from rbacpsp.report.findings import Locate, Writer, nowhere
from rbacpsp.report.provenance import Provenance

SHOWN = 3
"""How many findings and holders a line names; the rest is counted."""
MOST_WORDS = 300
"""How long the permissions of a finding are in a report; JSON has all of them."""


@dataclass(frozen=True)
class Row:
    """A change as it is told."""

    change: Change
    removed: int
    """How many findings it removes: as an audit shows for those that were tried, else as their grants say."""
    left: int | None = None
    """How many findings are left after it and all before it; None: it was not tried."""

    @property
    def together(self) -> int:
        """How many findings it removes only together with others."""
        return len(self.change.shared)

    @property
    def rules(self) -> str:
        """The ids of the rules of its findings."""
        return ", ".join(sorted({each.rule.id for each in self.change.every}))

    @cached_property
    def holders(self) -> list[str]:
        """Whom it is about, sorted."""
        return [subject_text(holder) for holder in self.change.holders]


@dataclass(frozen=True)
class Changed:
    """The changes of an audit, before they have a format."""

    audit: Audit
    changes: tuple[Change, ...]
    plan: Plan | None
    locate: Locate = nowhere
    ruled_out: bool = False
    read: Provenance | None = None
    """What was read, for the page."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The best changes in their order, then those that what remains after them asks for."""
        plan = self.plan
        if plan is None:
            return tuple(Row(each, len(each.findings)) for each in self.changes)
        tried = {_name(step.change) for step in plan.steps}
        remaining = {each.fingerprint for each in plan.remaining}
        rest = (
            change
            for change in self.changes
            if _name(change) not in tried and any(one.fingerprint in remaining for one in change.every)
        )
        return (
            *(Row(step.change, step.removed, step.left) for step in plan.steps),
            *(Row(each, len(each.findings)) for each in rest),
        )

    @property
    def ending(self) -> str:
        """What remains after the changes that were tried."""
        plan = self.plan
        if plan is None:
            return (
                f"More than {MOST_FINDINGS:,} findings: no change was tried, and the numbers are those of "
                "the findings that nothing but the change gives."
            )
        if not plan.steps:
            return ""
        count = len(plan.steps)
        first = "After the first change" if count == 1 else f"After the first {count} changes"
        left = len(plan.remaining)
        said = f"{first} {left} of {len(self.audit)} findings {'is' if left == 1 else 'are'} left"
        reached = [f"{number} reach {place.words}" for place, number in plan.reaching.items() if number]
        if reached:
            return f"{said}; of the subjects {', '.join(reached)}."
        return f"{said}, and no subject reaches cluster-admin, a node or the secrets of kube-system."

    @cached_property
    def parts(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """The rows under a title each: the best changes, and the others; what is empty is left out."""
        count = len(self.plan.steps) if self.plan else 0
        best = "The change that removes most" if count == 1 else f"The {count} changes that remove most"
        found = ((best, self.rows[:count]), ("Other changes" if count else "Changes", self.rows[count:]))
        return tuple(each for each in found if each[1])


def _name(change: Change) -> object:
    target = change.target
    return (target.kind, target.namespace, target.name) if target is not None and change.edits else id(change)


def cells(row: Row, *, wide: bool) -> list[str]:
    """A line of a table."""
    change = row.change
    most = len(change.every) + len(row.holders) if wide else SHOWN
    found = [
        str(change.severity),
        change.words if wide else change.brief,
        str(row.removed),
        "" if row.left is None else str(row.left),
        listed(change.titles, most),
        listed(row.holders, most),
        ", ".join(change.breaks),
    ]
    if not wide:
        return found
    fingerprints = " ".join(each.fingerprint for each in change.every)
    return [*found, row.rules, "; ".join(change.permissions), str(row.together), fingerprints]


class Told(NamedTuple):
    """The findings of one rule and scope among those of a change."""

    finding: Finding
    """The first of them."""
    holders: tuple[str, ...]
    """Whom they are about, or which objects, sorted."""
    said: tuple[str, ...]
    """What else they say; the steps of a path are left to the section of paths."""
    permissions: tuple[str, ...]
    """What is granted, in words that are cut where they are long."""
    rules: tuple[str, ...]
    """The rules that grant it, as `rules 1-3, 7 of ClusterRole edit`; empty for a path."""


class Section(NamedTuple):
    """The findings of a change as a report tells them."""

    grants: tuple[str, ...]
    """The bindings and roles that give what they are about, with where they were read."""
    told: tuple[Told, ...]
    """Those of one rule and scope together, the worst first."""


def section(change: Change, writer: Writer) -> Section:
    """The findings of a change."""
    found: list[Told] = []
    grants: dict[str, None] = {}
    for _, group in groupby(sorted(change.every, key=_by_rule), key=_by_rule):
        rows = tuple(map(writer.row, group))
        first = rows[0].finding
        rules: dict[str, set[int]] = {}
        for grant in (grant for row in rows if first.way is None for grant in row.grants):
            grants[f"{grant.binding.text} of {grant.role.text}"] = None
            rules.setdefault(grant.role.words, set()).add(grant.rule)
        found.append(
            Told(
                first,
                tuple(sorted({row.who for row in rows})),
                tuple(dict.fromkeys(row.finding.detail for row in rows if row.finding.detail)),
                tuple(dict.fromkeys(_cut(row.permission) for row in rows if row.permission)),
                tuple(_numbers(numbers, role) for role, numbers in sorted(rules.items())),
            )
        )
    return Section(tuple(grants), tuple(found))


def _cut(words: str) -> str:
    return words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS].rpartition(',')[0]}, and more"


def _numbers(numbers: Iterable[int], role: str) -> str:
    """Some rules of a role; those that follow each other as a range."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    said = ", ".join("-".join(map(str, run)) for run in runs)
    return f"rule{'s' if len(runs) > 1 or len(runs[0]) > 1 else ''} {said} of {role}"


def listed(names: Sequence[str], most: int) -> str:
    """Some names in a line; what is more than fits is counted."""
    more = len(names) - most
    return ", ".join([*names[:most], f"and {more} more"] if more > 0 else names)


def _by_rule(finding: Finding) -> tuple[int, str, str, str]:
    return (finding.severity.rank, finding.rule.id, finding.brief, finding.where)
