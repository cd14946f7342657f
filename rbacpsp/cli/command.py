"""A click command with usage errors of our own, since click's messages change with its release."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from rbacpsp.cli.help import Grouped

Function = Callable[..., Any]
"""The function of a command: what adds options to one takes it and gives another."""


class Command(Grouped, click.Command):
    """A command; `command` makes one of a function."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            click.UsageError: One is missing, unknown, of a wrong form, or one too many.
        """
        given = list(args)
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, args)
        except click.BadParameter as failure:
            raise self._told(failure, ctx, given) from None
        except click.BadOptionUsage as failure:
            raise click.BadOptionUsage(failure.option_name, failure.message, ctx) from None
        if ctx.args and not ctx.resilient_parsing:
            words = " ".join(f'"{word}"' for word in ctx.args)
            raise click.UsageError(f"{ctx.command_path} takes no more arguments, but got {words}", ctx)
        return rest

    def _told(self, failure: click.BadParameter, ctx: click.Context, given: list[str]) -> click.UsageError:
        """A value of a wrong form, with the value and the forms that are taken."""
        parameter = failure.param
        if isinstance(failure, click.MissingParameter) or parameter is None:
            return failure
        raw = self.make_parser(ctx).parse_args(given)[0].get(parameter.name or "")
        values = raw if isinstance(raw, list | tuple) else [raw]
        message = next((told for value in values if (told := _misfit(parameter.type, value))), "")
        return click.BadParameter(message, ctx, parameter) if message else failure


command = partial(click.command, cls=Command)
"""As `click.command`."""


def _misfit(kind: Any, value: Any) -> str:
    """Why a value is not of a type of click's own; empty where it is."""
    match kind:
        case click.Choice():
            taken = [str(choice) for choice in kind.choices]
            alike = taken if kind.case_sensitive else [choice.lower() for choice in taken]
            text = str(value) if kind.case_sensitive else str(value).lower()
            return "" if text in alike else f'"{value}" is not one of {", ".join(taken)}'
        case click.types.IntParamType():
            low = (
                f" of at least {kind.min}"
                if isinstance(kind, click.IntRange) and kind.min is not None
                else ""
            )
            return f'"{value}" is not a whole number{low}'
        case click.File() if value != "-":
            return f'"{value}" cannot be read' if _exists(str(value)) else f'there is no file "{value}"'
    return ""


def usage_words(failure: click.ClickException) -> str:
    """What is wrong, from the kind of the failure and what it is about."""
    context = failure.ctx if isinstance(failure, click.UsageError) else None
    match failure:
        case click.NoSuchOption():
            close = (
                f"; did you mean {' or '.join(sorted(failure.possibilities))}?"
                if failure.possibilities
                else ""
            )
            return f"there is no option {failure.option_name}{close}"
        case click.BadOptionUsage():
            found = _named(failure.option_name, context.command.params if context else ())
            flag = found is not None and (found.is_flag or found.count)
            return f"{failure.option_name} {'takes no value' if flag else 'needs a value'}"
        case click.MissingParameter():
            kind = failure.param.type if failure.param else None
            choices = (
                f": write one of {', '.join(map(str, kind.choices))}"
                if isinstance(kind, click.Choice)
                else ""
            )
            return f"{_hint(failure)} is missing{choices}"
        case click.BadParameter():
            return f"{_hint(failure)}: {failure.message}"
    return failure.format_message()


def _named(name: str, parameters: Iterable[click.Parameter]) -> click.Option | None:
    return next((one for one in parameters if isinstance(one, click.Option) and name in one.opts), None)


def _hint(failure: click.BadParameter) -> str:
    """The name of what a failure is about, as it is written on the command line."""
    if failure.param_hint:
        return failure.param_hint if isinstance(failure.param_hint, str) else "/".join(failure.param_hint)
    parameter = failure.param
    if parameter is None:
        return "a value"
    return "/".join(parameter.opts) if isinstance(parameter, click.Option) else parameter.human_readable_name


def _exists(path: str) -> bool:
    """Whether there is such a file; a name that no file can have is that of none."""
    try:
        return Path(path).exists()
    except OSError:
        return False
