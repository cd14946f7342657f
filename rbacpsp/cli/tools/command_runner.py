"""Runs a command of this program for a tool, and captures its output."""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from stat import S_ISDIR
from threading import Lock

import click

from rbacpsp.cli.cluster_cache import CommandCache
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.next_step import source_words
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.tools.untrusted import mark_untrusted
from rbacpsp.model.json import JSONObject
from rbacpsp.report.escape import line
from rbacpsp.report.json import encode

Stamp = tuple[str, int, int]
"""The path of a file, its time of change and its size."""


class RefusedQuestionError(Exception):
    """A question cannot be answered; the message is that of the command line."""


class CommandRunner:
    """Answers questions about one source, one at a time; files are read again when they change."""

    def __init__(self, program: click.Command, source: SourceOptions, base: str | None = None) -> None:
        """Store the program and its source.

        Args:
            program: The command line.
            source: Where the objects come from.
            base: The earlier state for comparisons: a path as `-f` takes it.
        """
        self.source = source
        self.base = base
        self._program = program
        self._cache = CommandCache()
        self._stamps: tuple[Stamp, ...] = ()
        self._lock = Lock()

    def ask(
        self, command: str, options: Sequence[str], words: Sequence[str] = (), *, limit: int, stdin: str = ""
    ) -> JSONObject:
        """The answer of a command, marked as untrusted.

        Args:
            command: Its name.
            options: Its own options, each with its value in one word: `--as=alice`.
            words: Its arguments; an argument never becomes an option.
            limit: How many entries a list in the answer may have.
            stdin: The text on its standard input.

        Raises:
            RefusedQuestionError: The command line exits with 2 or 3.
        """

        def run() -> JSONObject:
            arguments = [command, *options, "--output=json", *source_words(self.source), "--", *words]
            with redirect_stdout(_stream()) as stdout:
                self._program.main(arguments, prog_name="rbacpsp", standalone_mode=False, obj=self._cache)
                stdout.flush()
            answer: JSONObject = json.loads(stdout.buffer.getvalue())
            return answer

        return self._run_safely(run, limit, stdin)

    def compute(self, question: Callable[[], JSONObject], *, limit: int, stdin: str = "") -> JSONObject:
        """The answer of a function instead of a command, in the form that `ask` returns.

        Raises:
            RefusedQuestionError: The function raises an error of the command line.
        """

        def run() -> JSONObject:
            with click.Context(self._program, info_name="rbacpsp", obj=self._cache):
                answer: JSONObject = json.loads(encode(question()))
                return answer

        return self._run_safely(run, limit, stdin)

    def _run_safely(self, run: Callable[[], JSONObject], limit: int, stdin: str) -> JSONObject:
        with self._lock, redirect_stderr(_stream()) as stderr, _standard_input(stdin):
            self._forget_changed()
            try:
                answer = run()
            except click.ClickException as failure:
                raise RefusedQuestionError(_message(failure)) from None
            stderr.flush()
            notes = stderr.buffer.getvalue().decode("utf-8", "replace").splitlines()
        return mark_untrusted(answer, notes, limit)

    def _forget_changed(self) -> None:
        """Empty the cache if a file was changed, added or deleted since the last question."""
        paths = (*self.source.filenames, *([self.base] if self.base else ()))
        stamps = tuple(stamp for path in paths for stamp in _stamps(path))
        if stamps != self._stamps or any(path.startswith("git:") for path in paths):
            self._cache.forget()
            self._stamps = stamps


def _message(failure: click.ClickException) -> str:
    from rbacpsp.cli.command import usage_words

    reasons = failure.reasons if isinstance(failure, InputError) else (usage_words(failure),)
    return "\n".join(map(line, reasons))


def _stream() -> "io.TextIOWrapper[io.BytesIO]":
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


@contextmanager
def _standard_input(text: str) -> Iterator[None]:
    """Replace standard input by a text within the block."""
    original = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass")), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = original


def _stamps(root: str) -> Iterator[Stamp]:
    """The name, time of change and size of every file and folder below a path."""
    seen_folders: set[str] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        try:
            status = os.stat(path)  # noqa: PTH116 - paths stay as the user wrote them
            entries = sorted(os.listdir(path)) if S_ISDIR(status.st_mode) else []  # noqa: PTH208 - as above
        except OSError:
            yield path, 0, 0
            continue
        yield path, status.st_mtime_ns, status.st_size
        real = os.path.realpath(path)
        if real not in seen_folders:
            seen_folders.add(real)
            pending += [f"{path}/{name}" for name in entries]
