"""`--live-limit`: the bounds of what is read of a live cluster."""

import click

from rbacpsp.cli.command import Function


def live_limit_option(command: Function) -> Function:
    """Add `--live-limit`; the command is given `limits`, each a name and a number."""
    return click.option(
        "--live-limit",
        "limits",
        metavar="NAME=N",
        multiple=True,
        callback=_limits,
        help="Change a limit on reading a live cluster: request-seconds, list-bytes and others.",
    )(command)


def _limits(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    if not values:
        return ()
    from rbacpsp.sources.limits import Patience

    limits = []
    for value in values:
        name, _, number = value.partition("=")
        try:
            limits.append((name, float(number)))
            Patience().with_limits(dict(limits))
        except ValueError as error:
            words = str(error) if number.replace(".", "").isdecimal() else f'"{value}" is not NAME=NUMBER'
            raise click.BadParameter(words) from None
    return tuple(limits)
