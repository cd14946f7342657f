"""Colors on a terminal: for titles, severities, verdicts, errors and warnings.

Pipes, files, dumb terminals, and terminals with NO_COLOR (no-color.org) never get color.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import cache, partial

import click

Paint = Callable[[str], str]
_bold: Paint = partial(click.style, bold=True)
_red: Paint = partial(click.style, fg="red", bold=True)
_yellow: Paint = partial(click.style, fg="yellow")
_green: Paint = partial(click.style, fg="green")


def _cell(*words: str) -> re.Pattern[str]:
    """A pattern for the cells of a table that are exactly one of these words."""
    return re.compile(rf"(?:^|(?<=   ))(?:{'|'.join(words)})(?=   |$)", re.MULTILINE)


@cache
def _paints() -> tuple[tuple[re.Pattern[str], Paint], ...]:
    """Titles; cells with verdicts; verdicts in the first line of an answer."""
    return (
        (re.compile(r"^ *[A-Z][A-Z ]*[A-Z](?:   .*)?$", re.MULTILINE), _bold),
        (_cell("critical", "high", "refused", "becomes refused", "refuses it"), _red),
        (_cell("medium", "gets another policy"), _yellow),
        (_cell("admitted", "becomes admitted", "admits it unchanged", "admits it, changed"), _green),
        (re.compile(r"(?:(?<=: it is )|(?<=: its pods are ))refused$", re.MULTILINE), _red),
        (re.compile(r"(?:(?<=: it is )|(?<=: its pods are ))admitted\b"), _green),
        (re.compile(r"(?<= )violates (?=(?:baseline|restricted):\S+$)", re.MULTILINE), _red),
        (re.compile(r"(?<= )meets (?=(?:baseline|restricted):\S+$)", re.MULTILINE), _green),
    )


def print_answer(text: str, *, colored: bool = True) -> None:
    """Print an answer or a part of it; a text for people is colored on a terminal."""
    click.echo(colorize(text) if colored and _shown(sys.stdout) else text, nl=False)


def print_message(word: str, message: str) -> None:
    """Write a line to stderr that begins with `error` or `Warning`."""
    paint = _red if word == "error" else _yellow
    click.echo(f"{paint(f'{word}:') if _shown(sys.stderr) else f'{word}:'} {message}", err=True)


def colorize(text: str) -> str:
    """An answer with colored titles, severities and verdicts; it must not contain control characters."""
    for pattern, paint in _paints():
        text = _replaced(pattern, paint, text)
    return text


def _replaced(pattern: re.Pattern[str], paint: Paint, text: str) -> str:
    return pattern.sub(lambda match: paint(match[0]), text)


def _shown(stream: object) -> bool:
    at_terminal = getattr(stream, "isatty", lambda: False)()
    return bool(at_terminal) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
