"""A click command with its own usage errors, since click's messages change between releases."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import click

from rbacpsp.cli.help import GroupedOptions

Function = Callable[..., Any]
"""The function of a command; a decorator for options takes one and returns another."""


class Command(GroupedOptions, click.Command):
    """A command; the decorator `command` makes one from a function."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            click.UsageError: An argument is missing, unknown, malformed or superfluous.
        """
        all_args = list(args)
        ctx.allow_extra_args = True
        try:
            remaining = super().parse_args(ctx, args)
        except click.BadParameter as failure:
            raise self._usage_error(failure, ctx, all_args) from None
        except click.BadOptionUsage as failure:
            raise click.BadOptionUsage(failure.option_name, failure.message, ctx) from None
        if ctx.args and not ctx.resilient_parsing:
            words = " ".join(f'"{word}"' for word in ctx.args)
            raise click.UsageError(f"{ctx.command_path} takes no more arguments, but got {words}", ctx)
        return remaining

    def _usage_error(
        self, failure: click.BadParameter, ctx: click.Context, args: list[str]
    ) -> click.UsageError:
        """The error for a malformed value, with the value and the accepted forms."""
        parameter = failure.param
        if isinstance(failure, click.MissingParameter) or parameter is None:
            return failure
        raw = self.make_parser(ctx).parse_args(args)[0].get(parameter.name or "")
        values = raw if isinstance(raw, list | tuple) else [raw]
        message = next((misfit for value in values if (misfit := _misfit(parameter.type, value))), "")
        return click.BadParameter(message, ctx, parameter) if message else failure


command = partial(click.command, cls=Command)
"""Like `click.command`, with `Command` as the class."""


def _misfit(kind: Any, value: Any) -> str:
    """Why a value does not fit one of click's types; empty if it fits."""
    match kind:
        case click.Choice():
            choices = [str(choice) for choice in kind.choices]
            comparable = choices if kind.case_sensitive else [choice.lower() for choice in choices]
            text = str(value) if kind.case_sensitive else str(value).lower()
            return "" if text in comparable else f'"{value}" is not one of {", ".join(choices)}'
        case click.types.IntParamType():
            minimum = (
                f" of at least {kind.min}"
                if isinstance(kind, click.IntRange) and kind.min is not None
                else ""
            )
            return f'"{value}" is not a whole number{minimum}'
    return ""


def usage_words(failure: click.ClickException) -> str:
    """The message for a usage error of click, in our words."""
    context = failure.ctx if isinstance(failure, click.UsageError) else None
    match failure:
        case click.NoSuchOption():
            suggestion = (
                f"; did you mean {' or '.join(sorted(failure.possibilities))}?"
                if failure.possibilities
                else ""
            )
            return f"there is no option {failure.option_name}{suggestion}"
        case click.BadOptionUsage():
            option = _named(failure.option_name, context.command.params if context else ())
            flag = option is not None and (option.is_flag or option.count)
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
    return next(
        (
            parameter
            for parameter in parameters
            if isinstance(parameter, click.Option) and name in parameter.opts
        ),
        None,
    )


def _hint(failure: click.BadParameter) -> str:
    """The name of the option or argument of a failure, as on the command line."""
    if failure.param_hint:
        return failure.param_hint if isinstance(failure.param_hint, str) else "/".join(failure.param_hint)
    parameter = failure.param
    if parameter is None:
        return "a value"
    return "/".join(parameter.opts) if isinstance(parameter, click.Option) else parameter.human_readable_name
