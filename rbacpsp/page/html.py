"""The page as one file that loads nothing: only its own script and style are allowed, by their hashes."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files

from rbacpsp.model.progress import ReportProgress
from rbacpsp.page.data import data, report_part, script_safe_json
from rbacpsp.page.facts import Facts
from rbacpsp.page.noscript import noscript_tables
from rbacpsp.report.escape import html_text as text

BUILT = files("rbacpsp.page") / "built"
SCRIPT, STYLE = BUILT / "explorer.js", BUILT / "explorer.css"
"""The build of the sources under `ui/`."""


def pieces(facts: Facts, report_progress: ReportProgress | None = None) -> Iterator[str]:
    """The whole file, in pieces; `report_progress` is called when a part begins."""
    report_part(report_progress, "tables")
    script, style = SCRIPT.read_text("utf-8"), STYLE.read_text("utf-8")
    name = facts.origin.cluster or ", ".join(facts.origin.sources) or "a cluster"
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy(script, style)}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
    yield f"<title>Who can do what in {text(name)}</title>\n"
    yield f"<style>{style}</style>\n</head>\n<body>\n"
    yield '<div id="page"></div>\n<noscript>\n'
    yield f"<h1>Who can do what in {text(name)}</h1>\n<p>{text(_about(facts))}</p>\n"
    for piece in noscript_tables(facts):
        yield f"{piece}\n"
    yield '</noscript>\n<script type="application/json" id="data">'
    yield script_safe_json(data(facts, report_progress))
    yield f"</script>\n<script>{script}</script>\n</body>\n</html>\n"


def policy(script: str, style: str) -> str:
    """The content security policy of a page with this script and this style."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def _about(facts: Facts) -> str:
    time = f" Read {facts.origin.time}." if facts.origin.time else ""
    return f"{facts.version_words}.{time} {' '.join(facts.notes)}".strip()
