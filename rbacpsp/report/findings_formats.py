"""The formats of an audit by name; each is imported when it is asked for.

Every format comes in pieces, so that the report of a large cluster is written while it is made.
"""

from collections.abc import Iterator

from rbacpsp.audit import Audit, Severity
from rbacpsp.report.findings import Locate, nowhere
from rbacpsp.report.pieces import gathered

FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", "sarif", "junit", "html")
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
    """The audit in a format, its last newline included; the arguments are those of `pieces`.

    Raises:
        ValueError: There is no such format.
    """
    return "".join(pieces(audit, form, locate, ruled_out=ruled_out, fail_on=fail_on, headers=headers))


def pieces(
    audit: Audit,
    form: str,
    locate: Locate = nowhere,
    *,
    ruled_out: bool = False,
    fail_on: Severity = Severity.INFO,
    headers: bool = True,
) -> Iterator[str]:
    """The audit in a format, in pieces that are worth writing, its last newline included.

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
    return gathered(_texts(audit, form, locate, ruled_out, fail_on, headers))


def _texts(
    audit: Audit, form: str, locate: Locate, ruled_out: bool, fail_on: Severity, headers: bool
) -> Iterator[str]:
    match form:
        case "table" | "wide" | "csv":
            from rbacpsp.report import findings_table

            return findings_table.pieces(audit, form, locate, ruled_out=ruled_out, headers=headers)
        case "json":
            from rbacpsp.report import findings_data, json

            return json.pieces(findings_data.document(audit, locate, ruled_out=ruled_out))
        case "yaml":
            from rbacpsp.report import findings_data, yaml

            return yaml.pieces(findings_data.document(audit, locate, ruled_out=ruled_out))
        case "markdown":
            from rbacpsp.report import findings_markdown

            return findings_markdown.pieces(audit, locate)
        case "sarif":
            from rbacpsp.report import findings_sarif

            return findings_sarif.pieces(audit, locate)
        case "junit":
            from rbacpsp.report import findings_junit

            return findings_junit.pieces(audit, locate, fail_on=fail_on)
        case "html":
            from rbacpsp.report import findings_html

            return findings_html.pieces(audit, locate)
        case _:
            raise ValueError(f'there is no format "{form}": the audit has {", ".join(FORMATS)}')
