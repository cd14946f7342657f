"""The findings of an audit as one HTML page: self-contained, readable without script, printable."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from rbacpsp.audit import Audit
from rbacpsp.report.escape import cell
from rbacpsp.report.findings import Locate, Row, ending, nowhere, rows, summary

MOST = 1_000
"""How many findings of one rule and severity are listed; the rest is counted."""

_TITLES = ("who", "where", "what", "through", "smallest change")
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { border: 1px solid #8886; padding: .3rem .5rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
caption { text-align: left; font-style: italic; }
h2 { border-left: .5rem solid #888; padding-left: .5rem; }
h2.critical { border-color: #a00; } h2.high { border-color: #d50; } h2.medium { border-color: #c90; }
h2.low { border-color: #08a; }
summary { cursor: pointer; }
@media print { details > * { display: block; } }
"""


def render(audit: Audit, locate: Locate = nowhere) -> str:
    """The whole page."""
    return "\n".join(_lines(audit, locate)) + "\n"


def text(value: str) -> str:
    """A text for a place between tags or within a quoted attribute: the only way by which one gets there.

    What cannot be printed is spelled out, as on a terminal.
    """
    return escape(cell(value).encode("utf-8", "backslashreplace").decode(), quote=True)


def _lines(audit: Audit, locate: Locate) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
    )
    yield f"<title>Audit of access</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>Audit of access</h1>\n<p>{text(summary(audit))}</p>"
    yield "<table><caption>Findings by severity</caption><tr><th>severity</th><th>findings</th></tr>"
    for severity, count in audit.counts().items():
        yield f"<tr><td>{severity}</td><td>{count}</td></tr>"
    yield "</table>"
    for _, group in groupby(audit.findings, key=lambda each: (each.severity, each.rule.id)):
        found = list(group)
        rule = found[0].rule
        yield f'<section>\n<h2 class="{found[0].severity}">{text(rule.title)}</h2>'
        yield f"<p>{text(rule.id)}, {found[0].severity}, {len(found)} findings. {text(rule.why)}</p>"
        yield f"<p><strong>An attacker gains:</strong> {text(rule.gain)}</p>"
        titles = "".join(f"<th>{each}</th>" for each in _TITLES)
        yield f"<table><tr>{titles}</tr>"
        for row in rows(found[:MOST], locate):
            yield _row(row)
        yield "</table>"
        if len(found) > MOST:
            yield f"<p>{len(found) - MOST} more are not listed here; JSON and CSV hold them all.</p>"
        yield f"<p><strong>Remedy:</strong> {text(rule.remedy)}</p>"
        yield "<details><summary>References</summary><ul>"
        for reference in rule.references:
            yield f'<li><a href="{text(reference.url)}" rel="noreferrer">{text(reference.title)}</a></li>'
        yield "</ul></details>\n</section>"
    yield "<section>\n<h2>Method and limits</h2>"
    for each in ending(audit):
        yield f"<p>{text(each)}</p>"
    yield "</section>\n</body>\n</html>"


def _row(row: Row) -> str:
    through = [grant.text for grant in row.grants] or ([row.about.text] if row.about else [])
    what = [each for each in (row.permission, row.finding.detail) if each]
    cells = ([row.who], [row.where], what, through, list(row.changes))
    return "<tr>" + "".join(f"<td>{'<br>'.join(map(text, each))}</td>" for each in cells) + "</tr>"
