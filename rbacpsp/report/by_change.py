"""An audit by the changes that remove its findings: first the best, each proved, then the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from rbacpsp.audit import Audit, Finding
from rbacpsp.audit.by_change import Change
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.plan import MOST_FINDINGS, Plan
from rbacpsp.report import findings_data, findings_html, findings_markdown
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import html_text, markdown_cell
from rbacpsp.report.findings import Locate, nowhere
from rbacpsp.report.provenance import Provenance

SHOWN = 3
"""How many holders a line names; the rest is counted."""
_NARROW = ("severity", "change", "removes", "left", "holders", "breaks")
_ALL = (*_NARROW, "rules", "permissions", "together", "fingerprints")


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
        return [subject_text(each) for each in self.change.holders]


@dataclass(frozen=True)
class ByChange:
    """The changes of an audit, for every format of readers, and for JSON."""

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
            each
            for each in self.changes
            if _name(each) not in tried and any(one.fingerprint in remaining for one in each.every)
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

    def tabulated(self, *, wide: bool) -> Table:
        """A line a change."""
        return Table(_ALL if wide else _NARROW, [_cells(each, wide=wide) for each in self.rows])

    def document(self) -> dict[str, Any]:
        """The audit with its changes as JSON."""
        found = findings_data.document(self.audit, self.locate, ruled_out=self.ruled_out)
        found["changes"] = [_json(each) for each in self.rows]
        if self.plan is not None and self.plan.steps:
            found["afterChanges"] = {
                "changes": len(self.plan.steps),
                "left": [each.fingerprint for each in self.plan.remaining],
                "reaching": {place.words: number for place, number in self.plan.reaching.items()},
            }
        return found

    def markdown(self) -> Iterator[str]:
        """The changes, each with its findings, and the report of the audit."""
        return (f"{line}\n" for line in self._markdown())

    def _markdown(self) -> Iterator[str]:
        yield from findings_markdown.head(self.audit)
        yield ""
        yield "## Changes"
        yield ""
        yield "| change | severity | removes | left | holders | what needs it |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for row in self.rows:
            cells = _cells(row, wide=False)
            cells = [cells[1], cells[0], *cells[2:]]
            yield f"| {' | '.join(map(markdown_cell, cells))} |"
        if self.ending:
            yield ""
            yield markdown_cell(self.ending)
        for row in self.rows:
            yield ""
            yield f"### {row.change.severity}: {markdown_cell(row.change.words)}"
            yield ""
            for line in _told(row.change.every):
                yield f"- {markdown_cell(line)}"
        yield from findings_markdown.method(self.audit)

    def page(self) -> Iterator[str]:
        """The audit as an HTML page, by change."""
        return findings_html.page(self.audit, self._index(), self._sections(), self.read)

    def _index(self) -> Iterator[str]:
        yield '<table class="index"><thead><tr><th>Severity</th><th>Change</th><th>Removes</th>'
        yield "<th>Left</th><th>Holders</th><th>What needs it</th></tr></thead><tbody>"
        for number, row in enumerate(self.rows, 1):
            _, words, removed, left, holders, breaks = map(html_text, _cells(row, wide=False))
            yield f"<tr><td>{findings_html.badge(row.change.severity)}</td>"
            yield f'<td><a href="#change-{number}">{words}</a></td><td class="number">{removed}</td>'
            yield f'<td class="number">{left}</td><td>{holders}</td><td>{breaks}</td></tr>'
        yield "</tbody></table>"
        if self.ending:
            yield f"<p>{html_text(self.ending)}</p>"

    def _sections(self) -> Iterator[str]:
        for number, row in enumerate(self.rows, 1):
            change = row.change
            yield f'<section id="change-{number}" class="rule {change.severity}">'
            yield f"<h2>{findings_html.badge(change.severity)} {html_text(change.words)}</h2>\n<ul>"
            for line in _told(change.every):
                yield f"<li>{html_text(line)}</li>"
            yield "</ul>\n</section>"


def _name(change: Change) -> object:
    target = change.target
    return (target.kind, target.namespace, target.name) if target is not None and change.edits else id(change)


def _cells(row: Row, *, wide: bool) -> list[str]:
    change, holders = row.change, row.holders
    more = len(holders) - SHOWN
    named = holders if wide or more <= 0 else [*holders[:SHOWN], f"and {more} more"]
    cells = [
        str(change.severity),
        change.words,
        str(row.removed),
        "" if row.left is None else str(row.left),
        ", ".join(named),
        ", ".join(change.breaks),
    ]
    if not wide:
        return cells
    fingerprints = " ".join(each.fingerprint for each in change.every)
    return [*cells, row.rules, "; ".join(change.permissions), str(row.together), fingerprints]


def _json(row: Row) -> dict[str, Any]:
    change, target = row.change, row.change.target
    return {
        "do": list(change.sentences),
        "severity": str(change.severity),
        **(
            {"object": {"kind": target.kind, "namespace": target.namespace or None, "name": target.name}}
            if target is not None
            else {}
        ),
        "removes": [each.fingerprint for each in change.findings],
        "removesTogether": [each.fingerprint for each in change.shared],
        **({"removed": row.removed, "left": row.left} if row.left is not None else {}),
        "holders": row.holders,
        "permissions": list(change.permissions),
        "breaks": list(change.breaks),
    }


def _told(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings of a change, those of one rule and scope in a line."""
    ordered = sorted(findings, key=_by_rule)
    for (_, rule, _, where), group in groupby(ordered, key=_by_rule):
        found = list(group)
        holders: Iterable[str] = dict.fromkeys(subject_text(each.subject) for each in found if each.subject)
        said = dict.fromkeys(each.said for each in found if each.said)
        who = f": {', '.join(holders)}" if holders else ""
        yield f"{found[0].severity} {rule} {found[0].title}, {where}{who}. {' '.join(said)}".strip()


def _by_rule(finding: Finding) -> tuple[int, str, str, str]:
    return (finding.severity.rank, finding.rule.id, finding.brief, finding.where)
