"""Help texts with options in groups: a command's own options are explained, shared ones only listed."""

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import click

_ALL = "rbacpsp.help_all"
_NO_BREAK = "\0"
"""Replaces a space at which a line must not break."""
_SOURCE = frozenset(
    {
        *(
            "filenames",
            "context",
            "kubeconfig",
            "limits",
            "keep_going",
            "allow_empty",
            "duplicates",
            "strict",
        ),
        *("validate", "kubernetes_version", "openshift_version", "bootstrap", "apply_namespace"),
        *("templates", "template_paths"),
    }
)
_WHAT_IF = frozenset({"added", "removed"})
_OUTPUT = frozenset({"no_headers", "form", "output_file", "output_folder", "force", "include_system"})
SHARED = (("Source", _SOURCE), ("What if", _WHAT_IF), ("Output", _OUTPUT))
"""The options of many commands, by the names of their parameters."""


def _show_all(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        context.meta[_ALL] = True
        click.echo(context.get_help())
        context.exit()


HELP_ALL = click.Option(
    ["--help-all"],
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_all,
    help="Show this message with every option explained, and exit.",
)
"""`--help-all`."""


def write_options(command: click.Command, context: click.Context, formatter: click.HelpFormatter) -> None:
    """The options of a command in groups; `--help-all` explains every option."""
    options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    visible = [option for option in options if not option.hidden]
    shared = {name for _, names in SHARED for name in names}
    _section(formatter, "Options", [option for option in visible if option.name not in shared], context)
    for title, names in SHARED:
        group = [option for option in visible if option.name in names]
        if context.meta.get(_ALL):
            _section(formatter, title, group, context)
        elif group:
            _line(formatter, title, group)


def _section(
    formatter: click.HelpFormatter, title: str, options: Iterable[click.Option], context: click.Context
) -> None:
    records = [record for option in options if (record := option.get_help_record(context))]
    if records:
        with formatter.section(title):
            formatter.write_dl(records)


def _line(formatter: click.HelpFormatter, title: str, options: Iterable[click.Option]) -> None:
    """The options of a group, listed after its title."""
    words = ", ".join(_spelled(option).replace(" ", _NO_BREAK) for option in options)
    first = f"{title}: "
    lines = wrap(words, formatter.width - len(first), break_on_hyphens=False, break_long_words=False)
    formatter.write_paragraph()
    for number, line in enumerate(lines):
        begin = " " * len(first) if number else first
        formatter.write(f"{begin}{line.replace(_NO_BREAK, ' ')}\n")


def _spelled(option: click.Option) -> str:
    """An option with its value: `-f PATH`."""
    if option.is_flag:
        return option.opts[-1]
    if isinstance(option.type, click.Choice):
        return f"{option.opts[0]} {'|'.join(map(str, option.type.choices))}"
    return f"{option.opts[0]} {option.metavar or ''}".rstrip()


class GroupedOptions:
    """A command whose help shows the options in groups."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its parameters, `--help-all` before `--help`."""
        params: list[click.Parameter] = super().get_params(ctx)  # type: ignore[misc] # of click.Command
        return [*params[:-1], HELP_ALL, *params[-1:]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options in groups."""
        command: Any = self
        write_options(command, ctx, formatter)
