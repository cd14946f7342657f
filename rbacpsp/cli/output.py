"""Writes answers: `-o` names a format, `-O` a file or folder."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, overload

import click
from msgspec import Struct

from rbacpsp.cli.assumption_warning import note_server, version_json
from rbacpsp.cli.color import print_answer
from rbacpsp.cli.command import Function
from rbacpsp.cli.errors import InputError, note
from rbacpsp.report.fit import fit_table
from rbacpsp.report.formats import TABULAR, find, stream
from rbacpsp.report.protocols import Applied, Documented, Spoken, Tabular
from rbacpsp.report.table import stream as table_stream
from rbacpsp.report.with_server import WithServer

if TYPE_CHECKING:
    from rbacpsp.cli.assumption_warning import AssumedServer, Granting
    from rbacpsp.cluster import Cluster
    from rbacpsp.report.answer import Answer

_AT_TERMINALS = frozenset({"table", "wide"})


class Output(Struct, frozen=True):
    """The format and the destination of an answer."""

    form: str = "table"
    headers: bool = True
    stream: IO[bytes] | None = None
    """The file of `-O`; None: stdout."""

    @property
    def tabular(self) -> bool:
        """Whether the format is a table for a terminal, with or without the wide columns."""
        return self.form in _AT_TERMINALS

    @property
    def readable(self) -> bool:
        """Whether the format is for people, not for programs."""
        return find(self.form).for_readers

    @property
    def folds(self) -> bool:
        """Whether Kubernetes' own components are only counted, as in tables for people."""
        return self.tabular or self.form == "markdown"

    def answer(
        self,
        answer: "Answer",
        *,
        empty: str,
        cluster: "Cluster | AssumedServer | None" = None,
        granting: "Iterable[Granting]" = (),
        access_only: bool = False,
    ) -> None:
        """Write an answer, and the version of its server.

        Args:
            answer: The answer.
            empty: A note for an empty answer, which says what to try next.
            cluster: The cluster that answers; None if the answer does not depend on a version.
            granting: The roles and bindings that the answer depends on.
            access_only: Whether the answer depends on RBAC alone, for which the version seldom matters.
        """
        has_content = answer.names if self.form == "name" else answer.table.rows or answer.table.last
        if self.readable and not has_content:
            note(empty)
            if cluster is not None:
                note_server(cluster, granting, access_only=access_only)
        else:
            self.show(answer, cluster=cluster, granting=granting, access_only=access_only)

    def show(
        self,
        answer: object,
        *,
        cluster: "Cluster | AssumedServer | None" = None,
        granting: "Iterable[Granting]" = (),
        access_only: bool = False,
    ) -> None:
        """Write an answer that fits a protocol of `rbacpsp.report.protocols`, in the format of `-o`.

        A document contains the version of the server; for other formats the version is written to stderr.
        The other arguments are those of `answer`.
        """
        carries = self.form == "json" or (self.form == "yaml" and not isinstance(answer, Applied))
        if cluster is not None and carries and isinstance(answer, Documented):
            answer = WithServer(answer, version_json(cluster))
        self._write(answer)
        if cluster is not None and not carries:
            note_server(cluster, granting, access_only=access_only)

    def _write(self, answer: object) -> None:
        """Write the complete answer; only a table at a terminal is cut to the width of the terminal."""
        width = self._terminal()
        if not width or isinstance(answer, Spoken) or not isinstance(answer, Tabular):
            self.write(stream(answer, self.form, headers=self.headers))
            return
        full_table = answer.tabulated(wide=False)
        table = fit_table(full_table, width)
        self.write(table_stream(table, headers=self.headers))
        if table is not full_table:
            note("Long cells are cut to the width of the terminal: -o wide shows them in full.")

    def _terminal(self) -> int:
        """The width of the terminal for a table; 0 if the output is not a table at a terminal."""
        if self.form != "table" or self.stream is not None or not sys.stdout.isatty():
            return 0
        from shutil import get_terminal_size

        return get_terminal_size().columns

    def write(self, texts: str | Iterable[str]) -> None:
        """Write a text, or its chunks as they are made; more may follow."""
        for text in [texts] if isinstance(texts, str) else texts:
            if self.stream is None:
                print_answer(text, colored=self.tabular)
            else:
                self.stream.write(text.encode("utf-8", "backslashreplace"))


@contextmanager
def _stream(file: str | None) -> Iterator[IO[bytes] | None]:
    if file is None or file == "-":
        yield None
        return
    from rbacpsp.sources.atomic_write import replaced_file

    with reporting_write_errors(file), replaced_file(file) as stream:
        yield stream


@contextmanager
def reporting_write_errors(path: str) -> Iterator[None]:
    """Turn a failure to write a file or folder into a line.

    Raises:
        InputError: It cannot be written.
    """
    from rbacpsp.sources.atomic_write import NotEmptyError, ProtectedError

    try:
        yield
    except (NotEmptyError, ProtectedError) as error:
        raise InputError([str(error)]) from None
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        shown = path or '""'
        raise InputError([f"{shown} cannot be written: {error.strerror or error}"]) from None


def require_folder_of(path: str) -> None:
    """Require that the folder of a file exists, before the time is spent to make the file.

    Raises:
        InputError: It does not exist.
    """
    with reporting_write_errors(path):
        folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise InputError([f"{path} cannot be written: there is no folder {folder}"])


@overload
def output_options(command: Function) -> Function: ...


@overload
def output_options(
    *, formats: Sequence[str] = ..., default: str | None = ..., titles: bool = ..., help: str = ...
) -> Callable[[Function], Function]: ...


def output_options(
    command: Function | None = None,
    *,
    formats: Sequence[str] = TABULAR,
    default: str | None = "table",
    titles: bool = True,
    help: str = "The output format; wide is a table with more columns.",  # noqa: A002 - click's word
) -> Any:
    """Add `-o`, `-O` and `--no-headers`; the command gets an `output`.

    Args:
        command: The command, if the decorator is used without arguments.
        formats: The formats, names of `rbacpsp.report.formats`.
        default: The format without `-o`; None: the command chooses, and `output.form` is empty.
        titles: Whether the output has columns, and the command has `--no-headers`.
        help: The help text of `-o`.
    """

    def decorated(function: Function) -> Function:
        @format_option(formats, default, help)
        @file_option
        @wraps(function)
        def collected(
            *args: Any, form: str | None, output_file: str | None, no_headers: bool = False, **others: Any
        ) -> Any:
            with _stream(output_file) as stream:
                return function(*args, output=Output(form or "", not no_headers, stream), **others)

        if not titles:
            return collected
        return click.option("--no-headers", is_flag=True, help="Leave out the column headers.")(collected)

    return decorated if command is None else decorated(command)


def format_option(formats: Sequence[str], default: str | None, text: str) -> Callable[[Function], Function]:
    """`-o` for commands without the common `-O`; the command gets a `form`."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(formats),
        default=default,
        help=text,
        show_default=default is not None,
    )


file_option = click.option(
    "-O",
    "--output-file",
    metavar="FILE",
    help="Write the answer to a file, which is replaced atomically.",
)
"""`-O FILE`; the command is given an `output_file`."""


def folder_options(command: Function) -> Function:
    """Add `-O DIR` and `--force`; the command gets a `folder`, a `Folder` or None."""

    @click.option(
        "-O",
        "--output-folder",
        metavar="DIR",
        help="Write files to a folder, which is replaced atomically.",
    )
    @click.option("--force", is_flag=True, help="Replace a folder that is not empty, deleting its contents.")
    @wraps(command)
    def collected(*args: Any, output_folder: str | None, force: bool, **others: Any) -> Any:
        folder = None if output_folder is None else Folder(output_folder, force)
        return command(*args, folder=folder, **others)

    return collected


class Folder(Struct, frozen=True):
    """The folder of `-O`."""

    path: str
    force: bool = False

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """An empty folder that replaces this one at the end of the block, unless the block fails.

        Raises:
            InputError: It cannot be written, is standard output, or is not empty and `--force` was not given.
        """
        from rbacpsp.sources.atomic_write import replaced_folder

        if self.path == "-":
            raise InputError(["several files are written, which are not for stdout: name a folder after -O"])
        with (
            reporting_write_errors(self.path),
            replaced_folder(os.fspath(self.path), force=self.force) as directory,
        ):
            yield directory


described_options = output_options(
    formats=("table", "wide", "json", "yaml", "name"),
    titles=False,
    help="The output format: kubectl's text (table or wide), the objects, or their names.",
)
"""The options of commands that print complete objects; the command gets an `output`."""
