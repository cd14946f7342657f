"""The findings of an audit as one HTML page: self-contained, readable without script, printable."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from rbacpsp import __version__
from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings import (
    FindingRow,
    GrantRecord,
    Locate,
    Writer,
    ending,
    nowhere,
    rules_of,
    summary,
)
from rbacpsp.report.findings_style import STYLE
from rbacpsp.report.provenance import Provenance

MOST = 1_000
"""How many findings of one rule and severity are listed; the others are only counted."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class _Section(NamedTuple):
    """The findings of one rule and severity."""

    severity: Severity
    rule: RuleText
    findings: tuple[Finding, ...]

    @property
    def anchor(self) -> str:
        """The fragment that links to this section use."""
        return f"{self.rule.id}-{self.severity}"

    @property
    def concerned(self) -> int:
        """How many subjects, or objects, have such a finding."""
        return len({finding.subject or id(finding.about) for finding in self.findings})


def stream(audit: Audit, locate: Locate = nowhere, read: Provenance | None = None) -> Iterator[str]:
    """The complete page by rule, some lines at a time."""
    grouped = groupby(audit.findings, key=lambda finding: (finding.severity, finding.rule.id))
    sections = [_section(tuple(findings)) for _, findings in grouped]
    writer = Writer(locate)
    body = (lines for section in sections for lines in _findings(section, writer))
    return page(audit, _index(sections) if sections else (), body, read)


def page(
    audit: Audit, index: Iterable[str], body: Iterable[str], read: Provenance | None = None
) -> Iterator[str]:
    """A page about an audit, some lines at a time.

    Args:
        audit: The findings.
        index: The table that ends the summary.
        body: The sections between the summary and the method.
        read: What was read, if that is known.
    """
    return (f"{lines}\n" for lines in _lines(audit, index, body, read))


def _lines(audit: Audit, index: Iterable[str], body: Iterable[str], read: Provenance | None) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    title = f"Access audit of {read.cluster}" if read is not None and read.cluster else "Access audit"
    yield f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<header>\n<h1>{text(title)}</h1>\n<p>{text(_about(audit))}</p>"
    if read is not None:
        yield from read.html()
    yield "</header>\n<main>"
    yield from _summary(audit, index)
    yield from body
    yield '<section class="method">\n<h2>Method and limits</h2>'
    for paragraph in ending(audit):
        yield f"<p>{text(paragraph)}</p>"
    yield "</section>\n</main>\n</body>\n</html>"


def _section(findings: tuple[Finding, ...]) -> _Section:
    return _Section(findings[0].severity, findings[0].rule, findings)


def _about(audit: Audit) -> str:
    day = f", {audit.day.isoformat()}" if audit.day else ""
    return f"{audit.version_words}{day}. {len(audit.rules)} rules of rbacpsp {__version__}."


def _summary(audit: Audit, index: Iterable[str]) -> Iterator[str]:
    yield f'<section>\n<h2>Summary</h2>\n<p class="lead">{text(summary(audit))}</p>'
    yield '<ul class="tiles">'
    for severity, count in audit.counts().items():
        empty = "" if count else " none"
        yield f'<li class="tile {severity}{empty}"><strong>{count:,}</strong> {severity}</li>'
    yield "</ul>"
    yield from index
    if audit.ruled_out:
        ruled_out = f"{len(audit.ruled_out):,} more were ruled out: Kubernetes' own, excepted or known."
        yield f'<p class="muted">{text(ruled_out)}</p>'
    yield "</section>"


def _index(sections: Iterable[_Section]) -> Iterator[str]:
    yield '<table class="index rules"><thead><tr><th>Severity</th><th>Finding</th><th>Concerned</th>'
    yield "<th>What to do</th></tr></thead><tbody>"
    for section in sections:
        title = f'<a href="#{text(section.anchor)}">{text(section.rule.title)}</a>'
        yield f"<tr><td>{badge(section.severity)}</td><td>{title}</td>"
        yield f'<td class="number">{section.concerned:,}</td><td>{text(section.rule.remedy)}</td></tr>'
    yield "</tbody></table>"


def badge(severity: Severity) -> str:
    """A severity as a label."""
    return f'<span class="badge {severity}">{severity}</span>'


def explained(rule: RuleText) -> Iterator[str]:
    """Why a rule matters, what an attacker gains, how to fix its findings, and its references."""
    yield f"<dl>\n<dt>Why it matters</dt><dd>{text(rule.why)}</dd>"
    yield f"<dt>An attacker gains</dt><dd>{text(rule.gain)}</dd>"
    yield f"<dt>Remedy</dt><dd>{text(rule.remedy)}</dd>"
    links = (
        f'<a href="{text(reference.url)}" rel="noreferrer">{text(reference.title)}</a>'
        for reference in rule.references
    )
    yield f"<dt>References</dt><dd>{'; '.join(links)}</dd>\n</dl>"


def _findings(section: _Section, writer: Writer) -> Iterator[str]:
    rule, findings = section.rule, section.findings
    yield f'<section id="{text(section.anchor)}" class="rule {section.severity}">'
    yield f"<h2>{badge(section.severity)} {text(rule.title)} <small>{text(rule.id)}</small></h2>"
    yield from explained(rule)
    yield '<table class="findings"><thead><tr><th>Who</th><th>Evidence</th><th>Smallest change</th>'
    yield "</tr></thead><tbody>"
    yield from (f"<tr>{cells(row)}</tr>" for row in writer.rows(findings[:MOST]))
    yield "</tbody></table>"
    yield from omitted(len(findings) - MOST)
    yield "</section>"


def omitted(count: int) -> Iterator[str]:
    """How many lines a list leaves out, if it does."""
    if count > 0:
        yield f'<p class="muted">{count:,} more are not listed here; JSON and CSV hold all.</p>'


def rules(findings: Iterable[Finding]) -> Iterator[str]:
    """A section for each rule of some findings, to which their lines link."""
    for rule in rules_of(findings):
        yield f'<section id="{text(rule.id)}">\n<h2>{text(rule.title)} <small>{text(rule.id)}</small></h2>'
        yield from explained(rule)
        yield "</section>"


def cells(row: FindingRow) -> str:
    """The cells of a finding: who, the evidence and the smallest change."""
    who = f'<strong>{text(row.who)}</strong><p class="muted">{text(row.where)}</p>'
    evidence = [
        f"<p><code>{text(permission)}</code></p>" for permission in row.permission.split("; ") if permission
    ]
    if row.said:
        evidence.append(f"<p>{text(row.said)}</p>")
    evidence += map(_grant, _by_role(row.grants))
    if row.about and not row.grants:
        evidence.append(f"<p>{text(row.about.text)}</p>")
    changes = "".join(f"<li>{text(change)}</li>" for change in row.changes)
    return f"<td>{who}</td><td>{''.join(evidence)}</td><td><ul>{changes}</ul></td>"


def _by_role(grants: Iterable[GrantRecord]) -> Iterator[list[GrantRecord]]:
    """The grants of each binding together, which differ only in the rule."""
    for _, group in groupby(grants, key=lambda grant: (grant.binding, grant.role)):
        yield list(group)


def _grant(grants: list[GrantRecord]) -> str:
    binding, role = grants[0].binding, grants[0].role
    rules = ", ".join(str(grant.rule) for grant in grants)
    word = "rules" if len(grants) > 1 else "rule"
    through = f"<p>through {text(binding.words)}{_position(binding.position)}</p>"
    return f"{through}<p>{word} {rules} of {text(role.words)}{_position(role.position)}</p>"


def _position(position: str) -> str:
    return f'<br><span class="muted">{text(position)}</span>' if position else ""
