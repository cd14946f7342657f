"""Prints failures, each as one clear line on stderr, and defines the exit codes.

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
"""The exit code that shells use for a program that Ctrl-C ended."""
SIGNALED = 128
"""What shells add to the number of the signal that ended a program."""
BROKEN_PIPE = 128 + 13
"""The exit code that shells use for SIGPIPE: the reader closed the pipe. 1 would mean the answer "no"."""


class InputError(click.ClickException):
    """The input cannot be used: one line for each reason."""

    exit_code = WRONG_USE

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class RequestRefusedError(InputError):
    """The API server would refuse the request; the reasons are its messages."""

    exit_code = NO


class IncompleteError(InputError):
    """Something could not be read, and `--strict` was given."""

    exit_code = INCOMPLETE


@contextmanager
def reporting_read_errors() -> Iterator[None]:
    """Turn each read error of the block into a line.

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
    """Write a failure to stderr: a line for each reason, and for wrong use a hint to `--help`."""
    reasons = (
        failure.reasons if isinstance(failure, InputError) else (" ".join(usage_words(failure).split()),)
    )
    for reason in reasons:
        print_message("error", line(reason))
    if isinstance(failure, click.UsageError) and failure.ctx is not None:
        click.echo(f"See '{failure.ctx.command_path} --help'.", err=True)


def warn(message: str) -> None:
    """Write a warning to stderr, in kubectl's form; the same message once per run."""
    if _is_new(message):
        print_message("Warning", line(message))


def _is_new(message: str) -> bool:
    """Whether a message is new in this run: a command may ask one question often."""
    context = click.get_current_context(silent=True)
    printed: set[str] = set() if context is None else context.find_root().meta.setdefault(__name__, set())
    is_new = message not in printed
    printed.add(message)
    return is_new


def warn_of_node_authorizer(name: str) -> None:
    """Warn that a node may do more than RBAC allows."""
    if name.startswith("system:node:"):
        warn("the Node authorizer, which lets a node read what its pods need, is not evaluated here")


def discard_output() -> None:
    """Discard output that stdout cannot take: Python would try to write it again when it exits."""
    with Path(os.devnull).open("wb") as null_device:
        os.dup2(null_device.fileno(), sys.stdout.fileno())


def note(message: str) -> None:
    """Write a note to stderr; the same message once per run, except for indented lines."""
    if message.startswith(" ") or _is_new(message):
        click.echo(line(message), err=True)
