"""The formats of an audit by name; each is imported when it is asked for."""

from rbacpsp.audit import Audit, Severity
from rbacpsp.report.answer import Answer
from rbacpsp.report.findings import Locate, nowhere

_GENERIC = ("table", "wide", "json", "yaml", "csv")
FORMATS = (*_GENERIC, "markdown", "sarif", "junit", "html")
"""What `audit -o` takes."""


def render(
    audit: Audit,
    form: str,
    locate: Locate = nowhere,
    *,
    ruled_out: bool = False,
    fail_on: Severity = Severity.INFO,
    headers: bool = True,
) -> str:
    """The audit in a format, its last newline included.

    Args:
        audit: What was found.
        form: One of `FORMATS`.
        locate: Where objects were read.
        ruled_out: Whether a table, JSON, YAML or CSV lists what was ruled out as well.
        fail_on: From which severity on a finding is a failure (JUnit).
        headers: Whether columns have titles.

    Raises:
        ValueError: There is no such format.
    """
    match form:
        case "markdown":
            from rbacpsp.report import findings_markdown

            return findings_markdown.render(audit, locate)
        case "sarif":
            from rbacpsp.report import findings_sarif

            return findings_sarif.render(audit, locate)
        case "junit":
            from rbacpsp.report import findings_junit

            return findings_junit.render(audit, locate, fail_on=fail_on)
        case "html":
            from rbacpsp.report import findings_html

            return findings_html.render(audit, locate)
        case _ if form in _GENERIC:
            from rbacpsp.report.formats import render as generic

            return generic(_answer(audit, form, locate, ruled_out), form, headers=headers)
        case _:
            raise ValueError(f'there is no format "{form}": the audit has {", ".join(FORMATS)}')


def _answer(audit: Audit, form: str, locate: Locate, ruled_out: bool) -> Answer:
    if form in {"json", "yaml"}:
        from rbacpsp.report.findings_data import document

        return document(audit, locate, ruled_out=ruled_out)
    from rbacpsp.report.findings_table import table

    return table(audit, locate, wide=form != "table", ruled_out=ruled_out)
