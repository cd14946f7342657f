"""The changes that remove the findings of an audit as rows and sections: first the best, then the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.by_change import Remediation
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.plan import MOST_FINDINGS, RemediationPlan
from rbacpsp.report.findings import Locate, Writer, nowhere
from rbacpsp.report.provenance import Provenance

SHOWN = 3
"""How many findings and holders a row names; the others are only counted."""
MOST_WORDS = 300
"""The most characters of a finding's permissions in a report; JSON has all of them."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as a report shows it."""

    change: Remediation
    removed: int
    """How many findings it removes: measured by an audit if it was tried, else read from the grants."""
    left: int | None = None
    """How many findings are left after this change and all before it; None if it was not tried."""

    @property
    def together(self) -> int:
        """How many findings it removes only together with others."""
        return len(self.change.shared)

    @property
    def rules(self) -> str:
        """The ids of the rules of its findings."""
        return ", ".join(sorted({finding.rule.id for finding in self.change.every}))

    @property
    def holders(self) -> list[str]:
        """The subjects that hold what the change removes, sorted."""
        return [subject_text(holder) for holder in self.change.holders]


@dataclass(frozen=True)
class ChangeReport:
    """The changes of an audit, independent of the format."""

    audit: Audit
    find_changes: Callable[[Sequence[Finding]], tuple[Remediation, ...]]
    """Finds the changes that some findings ask for; called once, when they are needed: JSON writes the
    findings before."""
    plan: RemediationPlan | None
    locate: Locate = nowhere
    ruled_out: bool = False
    read: Provenance | None = None
    """What was read, for the page."""

    @cached_property
    def rows(self) -> tuple[ChangeRow, ...]:
        """The best changes in their order, then the changes that the findings that these leave ask for."""
        steps = self.plan.steps if self.plan else ()
        best = [ChangeRow(step.change, step.removed, step.left) for step in steps]
        listed_findings = {finding.fingerprint for step in steps for finding in step.change.every}
        others = self.audit.findings
        if listed_findings:
            others = tuple(each for each in others if each.fingerprint not in listed_findings)
        return (*best, *(ChangeRow(change, len(change.findings)) for change in self.find_changes(others)))

    @property
    def ending(self) -> str:
        """A sentence: what remains after the changes that were tried."""
        plan = self.plan
        if plan is None:
            return (
                f"More than {MOST_FINDINGS:,} findings: no change was tried, and the numbers count only "
                "the findings that no other grant gives."
            )
        if not plan.steps:
            return ""
        count = len(plan.steps)
        first = "After the first change" if count == 1 else f"After the first {count} changes"
        if count > 1 and plan.steps[0].left is None:
            first += ", which were tried together,"
        remaining = len(plan.remaining)
        sentence = (
            f"{first} {remaining} of {len(self.audit)} findings {'is' if remaining == 1 else 'are'} left"
        )
        reaching = [
            f"{number} {'reaches' if number == 1 else 'reach'} {goal.words}"
            for goal, number in plan.reaching.items()
            if number
        ]
        if reaching:
            return f"{sentence}; of the subjects {', '.join(reaching)}."
        return f"{sentence}, and no subject reaches cluster-admin, a node or the secrets of kube-system."

    @cached_property
    def parts(self) -> tuple[tuple[str, tuple[ChangeRow, ...]], ...]:
        """The rows in titled parts: the best changes, and the others; an empty part is left out."""
        count = len(self.plan.steps) if self.plan else 0
        best = "The change that removes most" if count == 1 else f"The {count} changes that remove most"
        parts = ((best, self.rows[:count]), ("Other changes" if count else "Changes", self.rows[count:]))
        return tuple((title, rows) for title, rows in parts if rows)


def cells(row: ChangeRow, *, wide: bool) -> list[str]:
    """A row of a table."""
    change, holders = row.change, row.holders
    most = len(change.every) + len(holders) if wide else SHOWN
    row_cells = [
        str(change.severity),
        change.words if wide else change.brief,
        str(row.removed),
        "" if row.left is None else str(row.left),
        listed(change.titles, most),
        listed(holders, most),
        ", ".join(change.breaks),
    ]
    if not wide:
        return row_cells
    fingerprints = " ".join(finding.fingerprint for finding in change.every)
    return [*row_cells, row.rules, "; ".join(change.permissions), str(row.together), fingerprints]


class FindingGroup(NamedTuple):
    """The findings of a change that have the same rule and scope."""

    finding: Finding
    """The first of them."""
    holders: tuple[str, ...]
    """The subjects or objects of the findings, sorted."""
    details: tuple[str, ...]
    """The details of the findings; the section of paths has the steps of a path."""
    permissions: tuple[str, ...]
    """What is granted, in words; long texts are cut."""
    rules: tuple[str, ...]
    """The rules that grant it, as `rules 1-3, 7 of ClusterRole edit`; empty for a path."""


class ChangeFindings(NamedTuple):
    """The findings of a change as a report shows them."""

    grants: tuple[str, ...]
    """The bindings and roles that grant the permissions, with the files they were read from."""
    groups: tuple[FindingGroup, ...]
    """The findings by rule and scope, the worst first."""


def section(change: Remediation, writer: Writer) -> ChangeFindings:
    """The findings of a change."""
    groups: list[FindingGroup] = []
    grants: dict[str, None] = {}
    for _, group in groupby(sorted(change.every, key=_by_rule), key=_by_rule):
        rows = tuple(map(writer.row, group))
        first = rows[0].finding
        rules: dict[str, set[int]] = {}
        for grant in (grant for row in rows if first.way is None for grant in row.grants):
            grants[f"{grant.binding.text} of {grant.role.text}"] = None
            rules.setdefault(grant.role.words, set()).add(grant.rule)
        groups.append(
            FindingGroup(
                first,
                tuple(sorted({row.who for row in rows})),
                tuple(dict.fromkeys(row.finding.detail for row in rows if row.finding.detail)),
                tuple(dict.fromkeys(_cut(row.permission) for row in rows if row.permission)),
                tuple(_numbers(numbers, role) for role, numbers in sorted(rules.items())),
            )
        )
    return ChangeFindings(tuple(grants), tuple(groups))


def _cut(permission: str) -> str:
    return (
        permission
        if len(permission) <= MOST_WORDS
        else f"{permission[:MOST_WORDS].rpartition(',')[0]}, and more"
    )


def _numbers(numbers: Iterable[int], role: str) -> str:
    """Some rules of a role, for example `rules 1-3, 7 of ClusterRole edit`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    numbers_text = ", ".join("-".join(map(str, run)) for run in runs)
    return f"rule{'s' if len(runs) > 1 or len(runs[0]) > 1 else ''} {numbers_text} of {role}"


def listed(names: Sequence[str], most: int) -> str:
    """The first names in a line, and the number of the others."""
    more = len(names) - most
    return ", ".join([*names[:most], f"and {more} more"] if more > 0 else names)


def _by_rule(finding: Finding) -> tuple[int, str, str, str]:
    return (finding.severity.rank, finding.rule.id, finding.brief, finding.where)
