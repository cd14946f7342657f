"""Where answers leave the program."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from rbacpsp.cli.color import say
from rbacpsp.cli.errors import note
from rbacpsp.report.answer import Answer
from rbacpsp.report.formats import FORMATS, render

TABULAR = frozenset({"table", "wide"})
_FOR_READERS = TABULAR | {"markdown", "name"}
"""Formats that print nothing when there is nothing; the others have an empty list to show."""


@dataclass(frozen=True, slots=True)
class Output:
    """The format that was asked for."""

    form: str = "table"
    headers: bool = True

    @property
    def tabular(self) -> bool:
        """Whether it is a table for a terminal, with or without the wide columns."""
        return self.form in TABULAR

    @property
    def readable(self) -> bool:
        """Whether a person reads it, rather than a program."""
        return self.form in _FOR_READERS

    def answer(self, answer: Answer, *, empty: str) -> None:
        """Print an answer to stdout; `empty` says on stderr that there is none, and what to try next."""
        if self.readable and not (answer.names if self.form == "name" else answer.table.rows):
            note(empty)
            return
        say(render(answer, self.form, headers=self.headers), colored=self.tabular)


def described_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-o` for commands that print objects whole; the command is given an `output`."""

    @click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(("table", "wide", "json", "yaml", "name")),
        default="table",
        help="Print kubectl's text (table or wide), the objects themselves, or their names.",
        show_default=True,
    )
    @wraps(command)
    def collected(*args: Any, form: str, **rest: Any) -> Any:
        return command(*args, output=Output(form), **rest)

    return collected


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `-o` and `--no-headers`; the command is given an `output`."""

    @click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        help="How to print the answer: a table, a table with more columns, or one of the others.",
        show_default=True,
    )
    @click.option("--no-headers", is_flag=True, help="Leave out the titles of columns.")
    @wraps(command)
    def collected(*args: Any, form: str, no_headers: bool, **rest: Any) -> Any:
        return command(*args, output=Output(form, not no_headers), **rest)

    return collected
