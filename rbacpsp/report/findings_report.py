"""An audit as a report, for every format of `rbacpsp audit`.

Every format is streamed, so that the report of a large cluster is written while it is made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rbacpsp.audit import Audit, Severity
from rbacpsp.report.answer import Table
from rbacpsp.report.findings import Locate, nowhere
from rbacpsp.report.provenance import Provenance
from rbacpsp.report.suites import Suite

FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", "sarif", "github", "gitlab", "junit", "html")
"""The formats of `audit -o`."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """An audit, and how to report it."""

    audit: Audit
    locate: Locate = nowhere
    """The file and line of an object."""
    ruled_out: bool = False
    """Whether a table, JSON, YAML or CSV also lists what was ruled out."""
    fail_on: Severity = Severity.INFO
    """The lowest severity of a finding that is a failure (JUnit)."""
    read: Provenance | None = None
    """What was read, for the HTML page."""

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each finding; all are in memory, since a column is as wide as its widest cell."""
        from rbacpsp.report import findings_table

        return findings_table.table(self.audit, self.locate, ruled_out=self.ruled_out, wide=wide)

    def streamed(self) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
        """The wide rows, one by one."""
        from rbacpsp.report import findings_table

        return findings_table.rows(self.audit, self.locate, ruled_out=self.ruled_out)

    def document(self) -> dict[str, Any]:
        """The audit as JSON."""
        from rbacpsp.report import findings_data

        return findings_data.document(self.audit, self.locate, ruled_out=self.ruled_out)

    def markdown(self) -> Iterator[str]:
        """The audit as a Markdown page."""
        from rbacpsp.report import findings_markdown

        return findings_markdown.stream(self.audit, self.locate)

    def page(self) -> Iterator[str]:
        """The audit as an HTML page."""
        from rbacpsp.report import findings_html

        return findings_html.stream(self.audit, self.locate, self.read)

    def log(self) -> dict[str, Any]:
        """The audit for code scanning."""
        from rbacpsp.report import findings_sarif

        return findings_sarif.document(self.audit, self.locate)

    def suites(self) -> tuple[str, Sequence[Suite]]:
        """The audit as tests: a suite for each rule."""
        from rbacpsp.report import findings_junit

        return findings_junit.suites(self.audit, self.locate, fail_on=self.fail_on)
