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

from rbacpsp.cli.cluster_cache import Kept
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.next_step import words_of
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.tools.untrusted import marked
from rbacpsp.model.json import JSONObject
from rbacpsp.report.escape import line
from rbacpsp.report.json import encode

Stamp = tuple[str, int, int]


class RefusedQuestionError(Exception):
    """A question cannot be answered; the message is what the command line would say."""


class Desk:
    """Answers questions about one source, one after the other; files are read again when they change."""

    def __init__(self, program: click.Command, source: SourceOptions, base: str | None = None) -> None:
        """Take what to ask.

        Args:
            program: The command line.
            source: Where the objects come from.
            base: The state before, for differences: a path as `-f` takes it.
        """
        self.source = source
        self.base = base
        self._program = program
        self._kept = Kept()
        self._stamps: tuple[Stamp, ...] = ()
        self._lock = Lock()

    def ask(
        self, command: str, options: Sequence[str], words: Sequence[str] = (), *, limit: int, stdin: str = ""
    ) -> JSONObject:
        """The answer of a command, marked as untrusted.

        Args:
            command: Its name.
            options: Its own options, each with its value in one word: `--as=alice`.
            words: Its arguments; none of them can become an option.
            limit: How many entries a list in the answer may have.
            stdin: What it reads from standard input.

        Raises:
            RefusedQuestionError: The command line would end with 2 or 3.
        """

        def run() -> JSONObject:
            given = [command, *options, "--output=json", *words_of(self.source), "--", *words]
            with redirect_stdout(_stream()) as stdout:
                self._program.main(given, prog_name="rbacpsp", standalone_mode=False, obj=self._kept)
                stdout.flush()
            answer: JSONObject = json.loads(stdout.buffer.getvalue())
            return answer

        return self._answered(run, limit, stdin)

    def compute(self, question: Callable[[], JSONObject], *, limit: int, stdin: str = "") -> JSONObject:
        """The answer of a function that is no command, as `ask` gives it.

        Raises:
            RefusedQuestionError: The function raises what a command line would end with.
        """

        def run() -> JSONObject:
            with click.Context(self._program, info_name="rbacpsp", obj=self._kept):
                answer: JSONObject = json.loads(encode(question()))
                return answer

        return self._answered(run, limit, stdin)

    def _answered(self, run: Callable[[], JSONObject], limit: int, stdin: str) -> JSONObject:
        with self._lock, redirect_stderr(_stream()) as stderr, _reading(stdin):
            self._renew()
            try:
                answer = run()
            except click.ClickException as failure:
                raise RefusedQuestionError(_words(failure)) from None
            stderr.flush()
            notes = stderr.buffer.getvalue().decode("utf-8", "replace").splitlines()
        return marked(answer, notes, limit)

    def _renew(self) -> None:
        """Forget what was read when a file has changed, came or went since."""
        places = (*self.source.filenames, *([self.base] if self.base else ()))
        stamps = tuple(stamp for place in places for stamp in _stamps(place))
        if stamps != self._stamps or any(place.startswith("git:") for place in places):
            self._kept.forget()
            self._stamps = stamps


def _words(failure: click.ClickException) -> str:
    from rbacpsp.cli.command import usage_words

    reasons = failure.reasons if isinstance(failure, InputError) else (usage_words(failure),)
    return "\n".join(map(line, reasons))


def _stream() -> "io.TextIOWrapper[io.BytesIO]":
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


@contextmanager
def _reading(text: str) -> Iterator[None]:
    """Let standard input be a text within the block."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass")), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before


def _stamps(place: str) -> Iterator[Stamp]:
    """What changes when a file does, of every file that a path leads to: name, time of change and size."""
    seen: set[str] = set()
    waiting = [place]
    while waiting:
        path = waiting.pop()
        try:
            found = os.stat(path)  # noqa: PTH116 - paths are kept as they were given
            inside = sorted(os.listdir(path)) if S_ISDIR(found.st_mode) else []  # noqa: PTH208 - as above
        except OSError:
            yield path, 0, 0
            continue
        yield path, found.st_mtime_ns, found.st_size
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            waiting += [f"{path}/{name}" for name in inside]
