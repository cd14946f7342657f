r"""Escapes names from a cluster for each output format.

Anyone who may create a role, a binding or a group chooses its name, and the reader of a report trusts the
page. So control characters are escaped, a spreadsheet never computes a name, and a page never renders it as
markup. An unprintable character becomes Python's escape: `\x1b`, `\u202e`.
"""

import re

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - spreadsheets read the full-width signs too
_OTHER_CELL = re.compile(r"([;,]\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 - as above
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"})
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~!#])")
_LINK = re.compile(r"(?i)://|\bwww\.")
_UNUSUAL = re.compile("[^\n -~]+")


_COMMAND = re.compile(r"\A\s*:(?=:)|#(?=#(?:vso|teamcity)?\[)")
"""What a CI system reads as a command: `::error` at the start of a line, `##[` and `##vso[` anywhere."""


def line(text: str) -> str:
    """Text for one line of a terminal or of a CI system's log.

    It escapes control characters, direction marks, unusual spaces and the beginning of a CI command.
    Sources: GitHub's "Workflow commands", Azure Pipelines' "Logging commands", TeamCity's "Service messages".
    """
    escaped = text if text.isprintable() else "".join(map(_spelled, text))
    return _COMMAND.sub(_no_command, escaped) if "::" in escaped or "##" in escaped else escaped


def begins_command(text: str) -> bool:
    """Whether a CI system would act on a line that begins with a text."""
    return _COMMAND.search(text) is not None


_ACTIVE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\r(?!\n)"
)
"""Characters that a terminal acts on, or that change the order of others; tabs and ends of lines are not."""


def needs_escapes(text: str) -> bool:
    """Whether a terminal or a CI system would act on a text of many lines if it was printed as it is."""
    if _ACTIVE.search(text) is not None:
        return True
    return ("::" in text or "##" in text) and any(map(begins_command, text.split("\n")))


def _no_command(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}\\x{ord(match[0][-1]):02x}"


def lines(text: str) -> str:
    """Text of many lines for a terminal: newlines are kept."""
    return "\n".join(map(line, text.split("\n")))


def cell(text: str) -> str:
    """Text for a column: as `line`, and with visible spaces at its ends, since `admin ` is not `admin`."""
    escaped = line(text)
    if escaped != escaped.strip(" "):
        inner = escaped.strip(" ")
        before = len(escaped) - len(escaped.lstrip(" "))
        escaped = "\\x20" * before + inner + "\\x20" * (len(escaped) - before - len(inner))
    return escaped


def csv_cell(text: str) -> str:
    """Text for a spreadsheet: an apostrophe is put before whatever could be read as a formula.

    This includes a formula after a semicolon, which separates cells in some locales.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    escaped = _OTHER_CELL.sub(r"\1'", line(text))
    return f"'{escaped}" if text.lstrip(" ")[:1] in _FORMULA and text else escaped


LONGEST_CELL = 1_000
"""The most characters of a cell in columns: all other cells are padded to the width of the longest."""


def cut(text: str) -> str:
    """A cell that is not too long for a column: the middle of a longer text is left out."""
    if len(text) <= LONGEST_CELL:
        return text
    return f"{text[: LONGEST_CELL // 2]}...{text[-LONGEST_CELL // 4 :]}"


def markdown_cell(text: str) -> str:
    """Text for a cell of a Markdown table: markup, HTML, links and mentions are escaped."""
    plain = _MARKDOWN.sub(r"\\\1", cell(text)).translate(_HTML)
    return _LINK.sub(lambda match: match[0].replace("/", "&#47;").replace(".", "&#46;"), plain)


def html_text(text: str) -> str:
    """Text for HTML, between tags or in a quoted attribute; otherwise like `cell`.

    Half a surrogate pair, which no page can contain, is escaped.
    """
    from html import escape

    return escape(cell(text).encode("utf-8", "backslashreplace").decode(), quote=True)


def json_text(text: str) -> str:
    """JSON whose strings have every unprintable character as an escape; the values stay the same.

    Whatever a CI system could read as a command is escaped too.
    """
    if "#" in text and "##" in text:  # one character is searched for ten times as fast
        text = _COMMAND.sub(lambda match: "\\u0023" if match[0] == "#" else match[0], text)
    if text.isascii() and "\x7f" not in text:
        return text
    return _UNUSUAL.sub(_json_escaped, text)


def json_escape(char: str) -> str:
    """One character as a JSON escape; a surrogate pair if it is outside the basic multilingual plane."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[index]:02x}{units[index + 1]:02x}" for index in range(0, len(units), 2))


def _json_escaped(match: re.Match[str]) -> str:
    text = match[0]
    return text if text.isprintable() else "".join(c if c.isprintable() else json_escape(c) for c in text)


def _spelled(char: str) -> str:
    return char if char.isprintable() else repr(char)[1:-1]
