r"""Escapes names from a cluster for each output format.

Whoever may create a role, a binding or a group chooses its name, and the reader of a report trusts the page.
So control characters are shown, never sent; a spreadsheet never computes a name; a page never renders one.
What is shown for an unprintable character is Python's own escape: `\x1b`, `\u202e`.
"""

import re
from html import escape

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - spreadsheets read the full-width signs too
_OTHER_CELL = re.compile(r"([;,]\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 - as above
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"})
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~!#])")
_LINK = re.compile(r"(?i)://|\bwww\.")
_UNUSUAL = re.compile("[^\n -~]+")


_COMMAND = re.compile(r"\A\s*:(?=:)|#(?=#(?:vso|teamcity)?\[)")
"""What a CI system takes for a command: `::error` at the start of a line, `##[` and `##vso[` anywhere."""


def line(text: str) -> str:
    """Text for one line of a terminal or of a CI system's log.

    Control characters, direction marks and odd spaces are spelled out, and what would begin a command.
    Sources: GitHub's "Workflow commands", Azure Pipelines' "Logging commands", TeamCity's "Service messages".
    """
    shown = text if text.isprintable() else "".join(map(_spelled, text))
    return _COMMAND.sub(_no_command, shown) if "::" in shown or "##" in shown else shown


def begins_command(text: str) -> bool:
    """Whether a CI system would act on a line that begins with a text."""
    return _COMMAND.search(text) is not None


def _no_command(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}"


def lines(text: str) -> str:
    """Text of many lines for a terminal: its newlines stay."""
    return "\n".join(map(line, text.split("\n")))


def cell(text: str) -> str:
    """Text for a column: as `line`, and spaces at its ends are shown, since `admin ` is not `admin`."""
    shown = line(text)
    if shown != shown.strip(" "):
        inner = shown.strip(" ")
        before = len(shown) - len(shown.lstrip(" "))
        shown = "\\x20" * before + inner + "\\x20" * (len(shown) - before - len(inner))
    return shown


def csv_cell(text: str) -> str:
    """Text for a spreadsheet: what could be read as a formula begins with an apostrophe.

    So does a formula behind what separates the cells of other locales, where commas do not.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = _OTHER_CELL.sub(r"\1'", line(text))
    return f"'{shown}" if text.lstrip(" ")[:1] in _FORMULA and text else shown


LONGEST_CELL = 1_000
"""Characters of a cell in columns: all others are padded to its width."""


def cut(text: str) -> str:
    """A cell that is not too long for a column: of a longer text the middle is left out."""
    if len(text) <= LONGEST_CELL:
        return text
    return f"{text[: LONGEST_CELL // 2]}...{text[-LONGEST_CELL // 4 :]}"


def markdown_cell(text: str) -> str:
    """Text for a cell of a Markdown table: no markup, HTML, link or mention in it comes alive."""
    plain = _MARKDOWN.sub(r"\\\1", cell(text)).translate(_HTML)
    return _LINK.sub(lambda found: found[0].replace("/", "&#47;").replace(".", "&#46;"), plain)


def html_text(text: str) -> str:
    """Text for a place between tags or within a quoted attribute of HTML; as `cell` otherwise.

    Half a surrogate pair, which no page can hold, is spelled out.
    """
    return escape(cell(text).encode("utf-8", "backslashreplace").decode(), quote=True)


def json_text(text: str) -> str:
    """JSON with every unprintable character inside its strings as an escape; the values stay the same.

    So is what a CI system would take for a command.
    """
    if "##" in text:
        text = _COMMAND.sub(lambda found: "\\u0023" if found[0] == "#" else found[0], text)
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNUSUAL.sub(_json_escaped, text)


def json_escape(char: str) -> str:
    """One character as JSON's own escape, in two halves when it lies outside the first plane."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def _json_escaped(found: re.Match[str]) -> str:
    text = found[0]
    return text if text.isprintable() else "".join(c if c.isprintable() else json_escape(c) for c in text)


def _spelled(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]
