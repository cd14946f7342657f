"""An audit by change as an HTML page: the changes, the findings of each, the paths, and the rules."""

from collections.abc import Iterator
from itertools import chain

from rbacpsp.report import findings_html
from rbacpsp.report.audit_paths import paths_of
from rbacpsp.report.change_rows import Changed, Row, Told, cells, listed, section
from rbacpsp.report.escape import html_text as text
from rbacpsp.report.findings import Writer, rules_of

MOST = 1_000
"""How many changes and paths are listed; the rest is counted."""
HOLDERS = 50
"""How many holders, and how many grants, a cell lists; the rest is counted."""
_COLUMNS = ("Severity", "Change", "Removes", "Left", "Findings", "Holders", "What needs it")


def pieces(report: Changed) -> Iterator[str]:
    """The whole page, some lines at a time."""
    body = chain(_sections(report), _paths(report), _rules(report))
    return findings_html.page(report.audit, _index(report), body, report.read)


def _index(report: Changed) -> Iterator[str]:
    number = 0
    for title, rows in report.parts:
        yield f'<h3>{text(title)}</h3>\n<table class="index changes"><thead><tr>'
        yield f"{''.join(f'<th>{each}</th>' for each in _COLUMNS)}</tr></thead><tbody>"
        for row in rows:
            number += 1
            if number <= MOST:
                yield _line(row, number)
        yield "</tbody></table>"
        if report.ending and title == report.parts[0][0]:
            yield f"<p>{text(report.ending)}</p>"
    if number > MOST:
        yield f'<p class="muted">{number - MOST:,} more are not listed here; JSON holds all.</p>'


def _line(row: Row, number: int) -> str:
    _, words, removed, left, titles, holders, breaks = map(text, cells(row, wide=False))
    return (
        f"<tr><td>{findings_html.badge(row.change.severity)}</td>"
        f'<td><a href="#change-{number}">{words}</a></td><td class="number">{removed}</td>'
        f'<td class="number">{left}</td><td>{titles}</td><td>{holders}</td><td>{breaks}</td></tr>'
    )


def _sections(report: Changed) -> Iterator[str]:
    writer = Writer(report.locate)
    for number, row in enumerate(report.rows[:MOST], 1):
        change = row.change
        yield f'<section id="change-{number}" class="rule {change.severity}">'
        yield f"<h2>{findings_html.badge(change.severity)} {text(change.brief)}</h2>"
        if len(change.sentences) > 1:
            yield f"<ul>{''.join(f'<li>{text(sentence)}</li>' for sentence in change.sentences)}</ul>"
        if change.breaks:
            yield f"<p>These loaded workloads and pods need it: {text(', '.join(change.breaks))}.</p>"
        found = section(change, writer)
        if found.grants:
            yield f'<p class="muted">Granted by {text(listed(found.grants, HOLDERS))}.</p>'
        yield '<table class="findings told"><thead><tr><th>Severity</th><th>Finding</th><th>Who</th>'
        yield "<th>Evidence</th></tr></thead><tbody>"
        yield from map(_told, found.told)
        yield "</tbody></table>\n</section>"


def _told(each: Told) -> str:
    finding = each.finding
    rule = text(finding.rule.id)
    if finding.way is None:
        evidence = [f"<code>{text(permission)}</code>" for permission in each.permissions]
        evidence += map(text, (*each.rules, *each.said))
    else:
        evidence = ['its steps are among the <a href="#paths">paths</a>']
    shown = evidence[:HOLDERS]
    if len(evidence) > HOLDERS:
        shown.append(f"and {len(evidence) - HOLDERS:,} more")
    return (
        f"<tr><td>{findings_html.badge(finding.severity)}</td>"
        f'<td><a href="#{rule}">{rule}</a> {text(finding.title)}'
        f'<p class="muted">{text(finding.where)}</p></td>'
        f"<td>{text(listed(each.holders, HOLDERS))}</td>"
        f"<td>{''.join(f'<p>{each}</p>' for each in shown)}</td></tr>"
    )


def _paths(report: Changed) -> Iterator[str]:
    found = list(paths_of(report.audit))
    if not found:
        return
    yield '<section id="paths">\n<h2>Paths</h2>'
    yield "<p>Who reaches full control, a node or the secrets of kube-system, and by which steps.</p>"
    yield '<table class="findings paths"><thead><tr><th>Severity</th><th>Who</th><th>Reaches</th>'
    yield "<th>Steps</th></tr></thead><tbody>"
    for path in found[:MOST]:
        steps = "".join(f"<li>{text(step)}</li>" for step in path.steps)
        yield f"<tr><td>{findings_html.badge(path.severity)}</td><td>{text(path.who)}</td>"
        yield f"<td>{text(path.goal)}</td><td><ol>{steps}</ol></td></tr>"
    yield "</tbody></table>"
    if len(found) > MOST:
        yield f'<p class="muted">{len(found) - MOST:,} more are not listed here; JSON and CSV hold all.</p>'
    yield "</section>"


def _rules(report: Changed) -> Iterator[str]:
    for rule in rules_of(report.audit.findings):
        yield f'<section id="{text(rule.id)}">\n<h2>{text(rule.title)} <small>{text(rule.id)}</small></h2>'
        yield from findings_html.explained(rule)
        yield "</section>"
