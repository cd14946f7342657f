"""A group whose commands are imported when they are invoked, so that `--help` and completion are quick."""

import errno
import io
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from rbacpsp.cli.errors import BROKEN_PIPE, WRONG_USE, InputError, drop_the_rest, show

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "terminal_width": 100}
"""Help is as wide whatever the terminal, so that pages show what everyone sees."""

_CANNOT_WRITE = frozenset({errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
"""A full disk and its like, met while an answer is written; what is read is looked after where it is read."""


class Lazy(NamedTuple):
    """A command that is not imported yet."""

    name: str
    place: str
    """`module:attribute`."""
    summary: str
    """Its line in the group's help; a test holds it against the command's own."""

    def load(self) -> click.Command:
        r"""Import the command; the `\b` of a raw docstring becomes click's mark for text it must not wrap."""
        module, _, attribute = self.place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        command.help = (command.help or "").replace("\\b\n", "\b\n")
        return command


class LazyGroup(click.Group):
    """A group of lazy commands; as the program itself it turns every failure into a line and an exit code."""

    def __init__(self, *, commands: Iterable[Lazy], **extra: Any) -> None:
        super().__init__(context_settings=CONTEXT_SETTINGS, **extra)
        self._lazy = {lazy.name: lazy for lazy in commands}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the parent's signature
        """The names of the commands, sorted."""
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """A command by name, imported."""
        lazy = self._lazy.get(cmd_name)
        return lazy and lazy.load()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The rest of the arguments, once the group's own options are read.

        Raises:
            click.UsageError: An option stands before the command, where kubectl would take it.
        """
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
            click.UsageError: There is none; the message names those that are spelled alike.
        """
        if args[0] not in self._lazy and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], self._lazy)
            advice = (
                f"; did you mean {' or '.join(close)}?"
                if close
                else f": it has {', '.join(sorted(self._lazy))}"
            )
            raise click.UsageError(f'{ctx.command_path} has no command "{args[0]}"{advice}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The commands with their summaries, none of them imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy[name].summary) for name in sorted(self._lazy)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """What a shell offers: the commands that begin so, none of them imported, and the group's options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=lazy.summary)
            for name, lazy in sorted(self._lazy.items())
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a reader who has enough, such as `head`, ends it as SIGPIPE ends kubectl."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            drop_the_rest()
            raise click.exceptions.Exit(BROKEN_PIPE) from None

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
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            code = super().main(args, prog_name or self.name, complete_var, False, **extra)
        except click.ClickException as failure:
            show(failure)
            sys.exit(failure.exit_code)
        except OSError as failure:
            if failure.errno not in _CANNOT_WRITE:
                raise
            show(InputError([f"the answer cannot be written: {failure.strerror or failure}"]))
            drop_the_rest()
            sys.exit(WRONG_USE)
        except click.Abort:
            sys.exit(130)
        sys.exit(code if isinstance(code, int) else 0)
