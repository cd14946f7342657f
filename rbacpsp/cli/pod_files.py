"""The options of commands that judge pods in files: which files, which namespace, and who submits them."""

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
            "-n", "--namespace", metavar="NAME", help="Where the pod is created; else as its manifest says."
        )(command)
    )
    return decorated


def submitter(user: "User | None", source: SourceOptions) -> "User | None":
    """The user who was named, else the one of a live cluster's login; None: files do not say who submits.

    Raises:
        InputError: The server does not tell who it is.
    """
    return user if user or source.filenames else require_user(user, source)
