"""The options of commands that evaluate pods in files: the files, the namespace, and who submits them."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import Function
from rbacpsp.cli.options import SourceOptions, require_user

if TYPE_CHECKING:
    from rbacpsp.model import User


def pod_files_options(command: Function) -> Function:
    """Add FILE... and --namespace."""
    decorated: Function = click.argument("files", nargs=-1, required=True, metavar="FILE...")(
        click.option(
            "-n",
            "--namespace",
            metavar="NAME",
            help="The namespace of the pod; by default the one in its manifest.",
        )(command)
    )
    return decorated


def submitter(user: "User | None", source: SourceOptions) -> "User | None":
    """The user of `--as`, else the user of a live cluster's login; None for files without `--as`.

    Raises:
        InputError: The server does not report the user.
    """
    return user if user or source.filenames else require_user(user, source)
