"""Which findings of the audit are new, gone, worse and better."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.cli.diff_output.section import Alarm, DiffSection, Location, plural
from rbacpsp.report.answer import Table
from rbacpsp.report.findings import Writer
from rbacpsp.report.findings_data import finding_json

if TYPE_CHECKING:
    from rbacpsp.comparison import FindingDifference
    from rbacpsp.model import AnyObject, ObjectOrigin, Objects
    from rbacpsp.report.findings import FindingRow

_COLUMNS = ("change", "severity", "rule", "subject", "scope", "finding", "evidence")
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}


def findings_section(difference: "FindingDifference", old: "Objects", new: "Objects") -> DiffSection:
    """The findings that only one state has, and those with another severity."""
    before, after = Writer(_Places(old)), Writer(_Places(new))
    rows: list[tuple[str, str, FindingRow]] = [
        *(("new finding", str(finding.severity), after.row(finding)) for finding in difference.new),
        *(
            ("worse", f"{change.old.severity} -> {change.new.severity}", after.row(change.new))
            for change in difference.worse
        ),
        *(
            ("better", f"{change.old.severity} -> {change.new.severity}", after.row(change.new))
            for change in difference.better
        ),
        *(("finding gone", str(finding.severity), before.row(finding)) for finding in difference.gone),
    ]
    return DiffSection(
        "findings",
        (
            plural(len(difference.new), "new finding", "new findings"),
            (len(difference.worse), "worse"),
            (len(difference.better), "better"),
            plural(len(difference.gone), "finding gone", "findings gone"),
        ),
        Table(_COLUMNS, [_cells(*row) for row in rows]),
        tuple(_plain(*row) for row in rows),
        lambda: {
            "new": [finding_json(after.row(finding)) for finding in difference.new],
            "gone": [finding_json(before.row(finding)) for finding in difference.gone],
            **{
                word: [
                    {**finding_json(after.row(change.new)), "was": str(change.old.severity)}
                    for change in changes
                ]
                for word, changes in (("worse", difference.worse), ("better", difference.better))
            },
        },
        lambda: list(_alarms(difference, after)),
    )


class _Places:
    """Gives the file and line of an object of a state; None if it was not read from a file."""

    def __init__(self, objects: "Objects") -> None:
        self._objects = objects

    def __call__(self, obj: "AnyObject") -> "ObjectOrigin | None":
        try:
            origin = self._objects.origin(obj)
        except KeyError:
            return None
        return origin if origin.document.file else None


def _cells(word: str, severity: str, row: "FindingRow") -> tuple[str, ...]:
    finding = row.finding
    return word, severity, finding.rule.id, row.who, finding.scope or "cluster", finding.title, _evidence(row)


def _plain(word: str, severity: str, row: "FindingRow") -> tuple[str, ...]:
    finding = row.finding
    what = f"{finding.rule.id} {finding.title}"
    return word, row.who, finding.scope or "cluster", severity, what, "", _evidence(row), "", ""


def _evidence(row: "FindingRow") -> str:
    texts = list(dict.fromkeys(grant.binding.text for grant in row.grants))
    more = f", and {len(texts) - 1} more" if len(texts) > 1 else ""
    return f"{texts[0]}{more}" if texts else row.about.text if row.about else ""


def _alarms(difference: "FindingDifference", writer: Writer) -> Iterator[Alarm]:
    worse = [change.new for change in difference.worse]
    for finding in (*difference.new, *worse):
        row = writer.row(finding)
        yield Alarm(
            finding.rule.id,
            finding.rule.title,
            f"{finding.rule.why} {finding.rule.gain} {finding.rule.remedy}",
            _LEVELS[finding.severity],
            row.sentence,
            row.who,
            _location(row),
            (finding.fingerprint,),
        )


def _location(row: "FindingRow") -> Location:
    objects = [*([row.about] if row.about else []), *(grant.binding for grant in row.grants)]
    return next(((obj.file, obj.line) for obj in objects if obj.file), ("", 0))
