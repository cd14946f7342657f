"""Paths as a report, for every format of `rbacpsp paths`."""

from collections.abc import Iterator, Sequence
from typing import Any

from rbacpsp.report.answer import Answer
from rbacpsp.report.findings_report import AuditReport
from rbacpsp.report.suites import Suite


class PathsReport(Answer, frozen=True):
    """A table with data, and the paths as findings for CI formats."""

    findings: AuditReport | None = None

    def page(self) -> Iterator[str]:
        """The paths as an HTML page."""
        return self._findings.page()

    def log(self) -> dict[str, Any]:
        """The paths for code scanning."""
        return self._findings.log()

    def suites(self) -> tuple[str, Sequence[Suite]]:
        """The paths as tests."""
        return "rbacpsp paths", self._findings.suites()[1]

    @property
    def _findings(self) -> AuditReport:
        if self.findings is None:
            raise TypeError("this report has no paths as findings")
        return self.findings
