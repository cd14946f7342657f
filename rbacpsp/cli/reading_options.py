"""The options for unreadable and empty files."""

from functools import wraps
from typing import Any

import click

from rbacpsp.cli.command import Function

keep_going_option = click.option(
    "--keep-going",
    is_flag=True,
    help="Continue after a document that cannot be read; each is reported on stderr.",
)
allow_empty_option = click.option(
    "--allow-empty", is_flag=True, help="Accept empty input without an error or a warning."
)
duplicates_option = click.option(
    "--duplicates",
    type=click.Choice(["refuse", "last"]),
    default="refuse",
    show_default=True,
    help="A key that occurs twice in an object: refuse it, or use the last one as kubectl does.",
)
strict_option = click.option("--strict", is_flag=True, help="Exit with 3 when something could not be read.")


def reading_options(command: Function) -> Function:
    """Add the options for unreadable files to a command without a cluster; the command gets a `reading`."""

    @keep_going_option
    @allow_empty_option
    @strict_option
    @wraps(command)
    def collected(*args: Any, keep_going: bool, allow_empty: bool, strict: bool, **others: Any) -> Any:
        from rbacpsp.cli.reading import FileReading

        reading = FileReading(keep_going=keep_going, allow_empty=allow_empty, strict=strict)
        return command(*args, reading=reading, **others)

    return collected
