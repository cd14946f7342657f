"""The report of a fleet as a table, as JSON, and as a page in the style of the audit's page."""

from collections.abc import Iterable, Iterator
from typing import Any

from rbacpsp.fleet.reporting import FleetReport, Line
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings_html import POLICY
from rbacpsp.report.findings_style import STYLE

_COLUMNS = ("about", "what", "severity", "clusters", "which")
_FIRST = 5
"""How many clusters a table and a page name; the others are only counted."""


class ShownReport:
    """The report in every format."""

    def __init__(self, report: FleetReport) -> None:
        self._report = report

    def _sections(self) -> Iterator[tuple[str, str, str, tuple[Line, ...]]]:
        """A word for the table, a title and a sentence for the page, and the lines."""
        report = self._report
        yield "rule", "Findings", "Clusters with findings of each rule.", report.rules
        yield (
            "admin",
            "Full control of several clusters",
            "Subjects with full control, and in how many clusters.",
            report.admins,
        )
        yield (
            "role differs",
            "ClusterRoles that differ",
            "ClusterRoles whose rules are not those of most clusters that have them.",
            report.outliers,
        )
        yield (
            "level missing",
            "Levels that are missing",
            "Levels of Pod Security that most clusters enforce in a namespace, and those that do not.",
            report.levels,
        )
        if report.before:
            yield "new", f"New since run {report.before}", "In clusters that both runs read.", report.appeared
            yield "gone", f"Gone since run {report.before}", "In clusters that both runs read.", report.gone
        if report.reference:
            yield (
                "more",
                f"Not in {report.reference}",
                "Findings that the reference does not have.",
                report.more,
            )
            yield (
                "fewer",
                f"Only in {report.reference}",
                "Findings that these clusters do not have.",
                report.fewer,
            )

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each line of the report; the wide table names every cluster."""
        rows = [
            (
                word,
                line.name,
                line.severity,
                f"{len(line.clusters):,} of {line.of:,}",
                _which(line, wide=wide),
            )
            for word, _, _, lines in self._sections()
            for line in lines
        ]
        rows += [
            ("not read", f"{status}: {reason}", "", "1", name) for name, status, reason in self._report.unread
        ]
        return Table(_COLUMNS, rows)

    def document(self) -> dict[str, Any]:
        """The report as one object."""
        report = self._report
        report_json: dict[str, Any] = {
            "apiVersion": API_VERSION,
            "kind": "FleetReport",
            "run": report.run,
            "clusters": list(report.clusters),
            "unread": [
                {"cluster": name, "status": status, "reason": reason}
                for name, status, reason in report.unread
            ],
            "findings": [
                {
                    **_json(line),
                    "counts": [
                        {"cluster": cluster, "count": self._count(line, cluster)} for cluster in line.clusters
                    ],
                }
                for line in report.rules
            ],
            "admins": list(map(_json, report.admins)),
            "differingRoles": list(map(_json, report.outliers)),
            "missingLevels": list(map(_json, report.levels)),
        }
        if report.before:
            report_json["since"] = report.before
            report_json["new"] = list(map(_json, report.appeared))
            report_json["gone"] = list(map(_json, report.gone))
        if report.reference:
            report_json["reference"] = report.reference
            report_json["more"] = list(map(_json, report.more))
            report_json["fewer"] = list(map(_json, report.fewer))
        return report_json

    def _count(self, line: Line, cluster: str) -> int:
        return self._report.matrix[line.name][cluster]

    def page(self) -> Iterator[str]:
        """The report as a page: self-contained, readable without script, printable."""
        report = self._report
        read = len(report.clusters)
        about = f"Run {report.run}: {read:,} clusters were read, {len(report.unread):,} were not."
        yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        yield f"<title>Fleet report</title>\n<style>{STYLE}.matrix {{ overflow-x: auto; }}</style>\n"
        yield "</head>\n<body>\n"
        yield f"<header>\n<h1>Fleet report</h1>\n<p>{text(about)}</p>\n</header>\n<main>\n"
        for _, title, sentence, lines in self._sections():
            yield from _section(title, sentence, lines)
        yield from self._matrix()
        if report.unread:
            yield "<section><h2>Not read</h2>\n<table><thead>"
            yield "<tr><th>Cluster</th><th>Status</th><th>Reason</th></tr></thead><tbody>\n"
            for row in report.unread:
                yield f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>\n"
            yield "</tbody></table></section>\n"
        yield "</main>\n</body>\n</html>\n"

    def _matrix(self) -> Iterator[str]:
        """A table of the number of findings by rule and cluster."""
        clusters = sorted({cluster for counts in self._report.matrix.values() for cluster in counts})
        if not clusters:
            return
        heads = "".join(f"<th>{text(rule.partition(' ')[0])}</th>" for rule in self._report.matrix)
        yield "<section><h2>Rules and clusters</h2>\n<p>Findings of each rule in each cluster.</p>\n"
        yield f'<div class="matrix"><table><thead><tr><th>Cluster</th>{heads}</tr></thead><tbody>\n'
        for cluster in clusters:
            cells = "".join(
                f'<td class="number">{counts.get(cluster, "")}</td>'
                for counts in self._report.matrix.values()
            )
            yield f"<tr><th>{text(cluster)}</th>{cells}</tr>\n"
        yield "</tbody></table></div></section>\n"


def _section(title: str, sentence: str, lines: Iterable[Line]) -> Iterator[str]:
    yield f"<section><h2>{text(title)}</h2>\n"
    every = list(lines)
    if not every:
        yield "<p>None.</p></section>\n"
        return
    yield f"<p>{text(sentence)}</p>\n<table><thead><tr><th>What</th><th>Severity</th><th>Clusters</th>"
    yield "<th>Which</th></tr></thead><tbody>\n"
    for line in every:
        badge = (
            f'<span class="badge {text(line.severity)}">{text(line.severity)}</span>' if line.severity else ""
        )
        yield f"<tr><td>{text(line.name)}</td><td>{badge}</td>"
        yield f'<td class="number">{len(line.clusters):,} of {line.of:,}</td>'
        yield f"<td>{text(_which(line, wide=False))}</td></tr>\n"
    yield "</tbody></table></section>\n"


def _which(line: Line, *, wide: bool) -> str:
    more = len(line.clusters) - _FIRST
    if wide or more <= 0:
        return ", ".join(line.clusters)
    return f"{', '.join(line.clusters[:_FIRST])} and {more:,} more"


def _json(line: Line) -> dict[str, Any]:
    severity = {"severity": line.severity} if line.severity else {}
    return {"name": line.name, **severity, "clusters": list(line.clusters), "of": line.of}
