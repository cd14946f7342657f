"""Answers about audit logs: a table with data, and an HTML page with the time span of the logs."""

from collections.abc import Iterator
from html import escape

from rbacpsp.report.answer import Answer
from rbacpsp.report.escape import cell
from rbacpsp.report.formats import TABULAR

FORMATS = (*TABULAR, "html")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse}th,td{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#f2f2f2}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}th{background:#2a2a2a}th,td{border-color:#444}}"
)


class UsageAnswer(Answer, frozen=True, kw_only=True):
    """An answer that also has an HTML page."""

    title: str
    about: str
    """The time span of the logs, in words."""

    def page(self) -> Iterator[str]:
        """The page: self-contained, readable without script."""
        title = _text(self.title)
        yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        yield f"<p>{_text(self.about)}.</p>\n<table>\n<tr>"
        yield "".join(f"<th>{_text(name)}</th>" for name in self.table.titles)
        yield "</tr>\n"
        for row in self.table.rows:
            yield f"<tr>{''.join(f'<td>{_text(cell_text)}</td>' for cell_text in row)}</tr>\n"
        yield "</table>\n</body>\n</html>\n"


def _text(value: str) -> str:
    return escape(cell(value).encode("utf-8", "backslashreplace").decode(), quote=True)
