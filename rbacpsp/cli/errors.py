"""Failures as one clear line each on stderr, and the exit codes.

0: done, or the answer is yes. 1: the answer is no. 2: wrong use or unreadable input. 3: the source could not
be read completely and `--strict` was given.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rbacpsp.cli.color import print_message
from rbacpsp.cli.command import usage_words
from rbacpsp.report.escape import line

NO = 1
WRONG_USE = 2
INCOMPLETE = 3
INTERRUPTED = 128 + 2
"""How a shell tells that Ctrl-C ended a program."""
BROKEN_PIPE = 128 + 13
"""How a shell tells that SIGPIPE ended a program: its reader had enough. 1 would be the answer "no"."""


class InputError(click.ClickException):
    """The input cannot be used: one line for each reason."""

    exit_code = WRONG_USE

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class RefusedError(InputError):
    """The API server would refuse to answer, in its words."""

    exit_code = NO


class IncompleteError(InputError):
    """Something could not be read, and `--strict` wants everything."""

    exit_code = INCOMPLETE


@contextmanager
def reporting_read_errors() -> Iterator[None]:
    """Turn everything that cannot be read in the block into a line each.

    Raises:
        InputError: Something cannot be read.
    """
    from rbacpsp.decode import LoadError
    from rbacpsp.decode.problems import summed

    try:
        yield
    except LoadError as error:
        raise InputError(summed(error.problems)) from None


def print_failure(failure: click.ClickException) -> None:
    """Write a failure to stderr: a line each, then for wrong use where to look."""
    reasons = (
        failure.reasons if isinstance(failure, InputError) else (" ".join(usage_words(failure).split()),)
    )
    for reason in reasons:
        print_message("error", line(reason))
    if isinstance(failure, click.UsageError) and failure.ctx is not None:
        click.echo(f"See '{failure.ctx.command_path} --help'.", err=True)


def warn(message: str) -> None:
    """Say on stderr what makes an answer doubtful, in kubectl's form; the same once a run."""
    if _is_new(message):
        print_message("Warning", line(message))


def _is_new(message: str) -> bool:
    """Whether a run says something for the first time: a command may ask one question often."""
    context = click.get_current_context(silent=True)
    said: set[str] = set() if context is None else context.find_root().meta.setdefault(__name__, set())
    new = message not in said
    said.add(message)
    return new


def warn_of_node_authorizer(name: str) -> None:
    """Say that a node may do more than RBAC tells."""
    if name.startswith("system:node:"):
        warn("the Node authorizer, which lets a node read what its pods need, is not seen here")


def discard_output() -> None:
    """Let what stdout could not take vanish: at its end Python would try to write it once more."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def note(message: str) -> None:
    """Say on stderr what helps to read an answer; the same once a run, except for the lines under a title."""
    if message.startswith(" ") or _is_new(message):
        click.echo(line(message), err=True)
