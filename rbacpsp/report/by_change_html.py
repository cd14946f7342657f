"""An audit by change as an HTML page: the changes, the findings of each, the paths, and the rules."""

from collections.abc import Iterator
from itertools import chain

from rbacpsp.report import findings_html
from rbacpsp.report.audit_paths import paths_of
from rbacpsp.report.change_rows import ChangeReport, ChangeRow, FindingGroup, cells, listed, section
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings import Writer

MOST = 1_000
"""How many changes and paths are listed; the others are only counted."""
HOLDERS = 50
"""How many holders, and how many grants, a cell lists; the others are only counted."""
_COLUMNS = ("Severity", "Change", "Removes", "Left", "Findings", "Holders", "What needs it")


def stream(report: ChangeReport) -> Iterator[str]:
    """The complete page, some lines at a time."""
    body = chain(_sections(report), _paths(report), findings_html.rules(report.audit.findings))
    return findings_html.page(report.audit, _index(report), body, report.read)


def _index(report: ChangeReport) -> Iterator[str]:
    number = 0
    for title, rows in report.parts:
        yield f'<h3>{text(title)}</h3>\n<table class="index changes"><thead><tr>'
        yield f"{''.join(f'<th>{column}</th>' for column in _COLUMNS)}</tr></thead><tbody>"
        for row in rows:
            number += 1
            if number <= MOST:
                yield _line(row, number)
        yield "</tbody></table>"
        if report.ending and title == report.parts[0][0]:
            yield f"<p>{text(report.ending)}</p>"
    if number > MOST:
        yield f'<p class="muted">{number - MOST:,} more are not listed here; JSON holds all.</p>'


def _line(row: ChangeRow, number: int) -> str:
    _, words, removed, left, titles, holders, breaks = map(text, cells(row, wide=False))
    return (
        f"<tr><td>{findings_html.badge(row.change.severity)}</td>"
        f'<td><a href="#change-{number}">{words}</a></td><td class="number">{removed}</td>'
        f'<td class="number">{left}</td><td>{titles}</td><td>{holders}</td><td>{breaks}</td></tr>'
    )


def _sections(report: ChangeReport) -> Iterator[str]:
    writer = Writer(report.locate)
    for number, row in enumerate(report.rows[:MOST], 1):
        change = row.change
        yield f'<section id="change-{number}" class="rule {change.severity}">'
        yield f"<h2>{findings_html.badge(change.severity)} {text(change.brief)}</h2>"
        if len(change.sentences) > 1:
            yield f"<ul>{''.join(f'<li>{text(sentence)}</li>' for sentence in change.sentences)}</ul>"
        if change.breaks:
            breaks = text(", ".join(change.breaks))
            yield f"<p>These loaded workloads and pods could fail after it: {breaks}.</p>"
        section_rows = section(change, writer)
        if section_rows.grants:
            yield f'<p class="muted">Granted by {text(listed(section_rows.grants, HOLDERS))}.</p>'
        yield '<table class="findings groups"><thead><tr><th>Severity</th><th>Finding</th><th>Who</th>'
        yield "<th>Evidence</th></tr></thead><tbody>"
        yield from map(_group_row, section_rows.groups)
        yield "</tbody></table>\n</section>"


def _group_row(group: FindingGroup) -> str:
    finding = group.finding
    rule = text(finding.rule.id)
    if finding.way is None:
        evidence = [f"<code>{text(permission)}</code>" for permission in group.permissions]
        evidence += map(text, (*group.rules, *group.details))
    else:
        evidence = ['its steps are among the <a href="#paths">paths</a>']
    listed_evidence = evidence[:HOLDERS]
    if len(evidence) > HOLDERS:
        listed_evidence.append(f"and {len(evidence) - HOLDERS:,} more")
    return (
        f"<tr><td>{findings_html.badge(finding.severity)}</td>"
        f'<td><a href="#{rule}">{rule}</a> {text(finding.title)}'
        f'<p class="muted">{text(finding.where)}</p></td>'
        f"<td>{text(listed(group.holders, HOLDERS))}</td>"
        f"<td>{''.join(f'<p>{item}</p>' for item in listed_evidence)}</td></tr>"
    )


def _paths(report: ChangeReport) -> Iterator[str]:
    paths = list(paths_of(report.audit))
    if not paths:
        return
    yield '<section id="paths">\n<h2>Paths</h2>'
    yield "<p>Who reaches full control, a node or the secrets of kube-system, and by which steps.</p>"
    yield '<table class="findings paths"><thead><tr><th>Severity</th><th>Who</th><th>Reaches</th>'
    yield "<th>Steps</th></tr></thead><tbody>"
    for path in paths[:MOST]:
        steps = "".join(f"<li>{text(step)}</li>" for step in path.steps)
        yield f"<tr><td>{findings_html.badge(path.severity)}</td><td>{text(path.who)}</td>"
        yield f"<td>{text(path.goal)}</td><td><ol>{steps}</ol></td></tr>"
    yield "</tbody></table>"
    yield from findings_html.omitted(len(paths) - MOST)
    yield "</section>"
