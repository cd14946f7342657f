"""The report of an audit by the changes that remove its findings: tested changes first, the best on top."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rbacpsp.report import by_change_html, by_change_markdown, findings_data
from rbacpsp.report.answer import Table
from rbacpsp.report.change_rows import ChangeReport, ChangeRow, cells

_NARROW = ("severity", "change", "removes", "left", "findings", "holders", "breaks")
_ALL = (*_NARROW, "rules", "permissions", "together", "fingerprints")


@dataclass(frozen=True)
class ByChange(ChangeReport):
    """The changes of an audit, for every format for people and for JSON."""

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each change."""
        return Table(_ALL if wide else _NARROW, [cells(row, wide=wide) for row in self.rows])

    def document(self) -> dict[str, Any]:
        """The audit with its changes as JSON."""
        document = findings_data.document(self.audit, self.locate, ruled_out=self.ruled_out)
        document["changes"] = self._changes_json()
        if self.plan is not None and self.plan.steps:
            document["afterChanges"] = {
                "changes": len(self.plan.steps),
                "left": [finding.fingerprint for finding in self.plan.remaining],
                "reaching": {goal.words: number for goal, number in self.plan.reaching.items()},
            }
        return document

    def _changes_json(self) -> Iterator[dict[str, Any]]:
        """The changes as JSON objects, found when the first one is written."""
        yield from map(_json, self.rows)

    def markdown(self) -> Iterator[str]:
        """The audit as a Markdown page, by change."""
        return by_change_markdown.stream(self)

    def page(self) -> Iterator[str]:
        """The audit as an HTML page, by change."""
        return by_change_html.stream(self)


def _json(row: ChangeRow) -> dict[str, Any]:
    change, target = row.change, row.change.target
    return {
        "do": list(change.sentences),
        "severity": str(change.severity),
        **(
            {"object": {"kind": target.kind, "namespace": target.namespace or None, "name": target.name}}
            if target is not None
            else {}
        ),
        "removes": [finding.fingerprint for finding in change.findings],
        "removesTogether": [finding.fingerprint for finding in change.shared],
        **({"removed": row.removed, "left": row.left} if row.left is not None else {}),
        "holders": row.holders,
        "permissions": list(change.permissions),
        "breaks": list(change.breaks),
    }
