"""A group whose commands are imported when they are invoked, so that `--help` and completion are fast."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from rbacpsp.cli.errors import (
    BROKEN_PIPE,
    INTERRUPTED,
    SIGNALED,
    WRONG_USE,
    InputError,
    discard_output,
    note,
    print_failure,
)
from rbacpsp.cli.streams import prepare_streams

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "terminal_width": 100}
"""Help has the same width on every terminal, so that the pages of docs/ show what everyone sees."""

COMMANDS = "rbacpsp.cli.commands"
"""The package of the commands."""

_ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""The signals that end a program in an orderly way; Windows has no SIGHUP."""
_CANNOT_WRITE = frozenset({errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
"""Errors such as a full disk while an answer is written; read errors are handled where files are read."""


class Lazy(NamedTuple):
    """A command that is not imported yet."""

    name: str
    import_path: str
    """`module:attribute`; the module is named below `rbacpsp.cli.commands`."""
    summary: str
    """Its line in the group's help; a test compares it with the command's help."""

    def load(self) -> click.Command:
        r"""Import the command; the `\b` of a raw docstring becomes click's mark for unwrapped text."""
        module, _, attribute = self.import_path.partition(":")
        command: click.Command = getattr(import_module(f"{COMMANDS}.{module}"), attribute)
        command.help = (command.help or "").replace("\\b\n", "\b\n")
        return command


def _reason(failure: OSError) -> str:
    """Why the system refused something that no command expects to fail, such as a write to a full disk."""
    words = failure.strerror or str(failure)
    if failure.filename is not None:
        return f"{os.fsdecode(failure.filename)}: {words}"
    if failure.errno in _CANNOT_WRITE:
        return f"the answer cannot be written: {words}"
    try:
        Path.cwd()
    except OSError:
        return "the working directory does not exist any more: change to another one"
    return f"the system refused something that this needs: {words}"


@contextmanager
def _orderly_end() -> Iterator[None]:
    """End on SIGTERM and SIGHUP as on an error, so that temporary files are removed, even those of keys.

    A signal that somebody ignores, as `nohup` does, stays ignored.
    """

    def end(number: int, _: object) -> None:
        sys.exit(SIGNALED + number)

    can_be_set = threading.current_thread() is threading.main_thread()
    ends = [each for each in _ENDS if can_be_set and signal.getsignal(each) == signal.SIG_DFL]
    for each in ends:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in ends:
            signal.signal(each, signal.SIG_DFL)


@contextmanager
def _quiet_end() -> Iterator[None]:
    """Exit as kubectl does on SIGPIPE if the reader closes the pipe, like `head`; on Ctrl-C with one line."""
    try:
        yield
    except BrokenPipeError:
        discard_output()
        raise click.exceptions.Exit(BROKEN_PIPE) from None
    except KeyboardInterrupt:
        note("interrupted")
        raise click.exceptions.Exit(INTERRUPTED) from None


class LazyGroup(click.Group):
    """A group of lazy commands; the top-level group turns every failure into a line and an exit code."""

    def __init__(
        self, *, commands: Iterable[Lazy], groups: Iterable[tuple[str, str]] = (), **extra: Any
    ) -> None:
        """Store the commands, and for the help the groups of commands, each with a title and names."""
        super().__init__(context_settings=CONTEXT_SETTINGS, **extra)
        self._lazy = {lazy.name: lazy for lazy in commands}
        self._groups = tuple(groups) or (("Commands", " ".join(sorted(self._lazy))),)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the parent's signature
        """The names of the commands, sorted."""
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """A command by name, imported."""
        lazy = self._lazy.get(cmd_name)
        return lazy and lazy.load()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the group's options, and return the remaining arguments.

        Raises:
            click.UsageError: No command is named; the help is printed before. Or an option is before the
                command, which only kubectl accepts.
        """
        if args in ([], ["--"]) and not ctx.resilient_parsing:
            click.echo(f"{ctx.get_help()}\n", err=True)
            raise click.UsageError(f"{ctx.command_path} needs a command", ctx)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as wrong:
            name = ctx.command_path
            words = (
                f"{name} itself has no option {wrong.option_name}: write {name} COMMAND {wrong.option_name}"
            )
            raise click.UsageError(words, ctx) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name.

        Raises:
            click.UsageError: There is no such command; the message names commands with similar names.
        """
        if args[0] not in self._lazy and not args[0].startswith("-"):
            from difflib import get_close_matches

            suggestions = get_close_matches(args[0], self._lazy)
            advice = (
                f"; did you mean {' or '.join(suggestions)}?"
                if suggestions
                else f": it has {', '.join(sorted(self._lazy))}"
            )
            raise click.UsageError(f'{ctx.command_path} has no command "{args[0]}"{advice}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The commands with their summaries, without importing them."""
        for title, names in self._groups:
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self._lazy[name].summary) for name in names.split()], col_max=40, col_spacing=2
                )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands that begin with the text, without importing them, and the group's options."""
        from click.shell_completion import CompletionItem

        items = [
            CompletionItem(name, help=lazy.summary)
            for name, lazy in sorted(self._lazy.items())
            if name.startswith(incomplete)
        ]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Read the command line, and print the help that it asks for."""
        with _quiet_end():
            return super().make_context(*arguments, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _quiet_end():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the program: every failure is a line on stderr and an exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode, **extra)
        prepare_streams()
        if sys.stdout is None:
            print_failure(InputError(["the answer cannot be written: standard output is closed"]))
            sys.exit(WRONG_USE)
        try:
            with _orderly_end():
                code = super().main(args, prog_name or self.name, "", False, **extra)  # shells ask __main__
                sys.stdout.flush()
        except click.ClickException as failure:
            print_failure(failure)
            sys.exit(failure.exit_code)
        except BrokenPipeError:
            discard_output()
            sys.exit(BROKEN_PIPE)
        except OSError as failure:
            print_failure(InputError([_reason(failure)]))
            discard_output()
            sys.exit(WRONG_USE)
        except MemoryError:
            print_failure(
                InputError(["there is too little memory for this: read less at once, such as one namespace"])
            )
            sys.exit(WRONG_USE)
        except click.Abort:
            note("interrupted")
            sys.exit(INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)
