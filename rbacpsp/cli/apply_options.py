"""The options for applying files to a server: bootstrap objects and validation."""

from functools import wraps
from typing import Any

import click

from rbacpsp.cli.command import Function


def applied_options(command: Function) -> Function:
    """Add `--bootstrap`, `--apply-namespace`, `--with` and `--without`; the command gets all four."""

    @click.option(
        "--bootstrap",
        type=click.Choice(("auto", "always", "never")),
        default="auto",
        show_default=True,
        help=(
            "Assume the roles, bindings and accounts that every server has: auto (where the files "
            "lack them), always or never."
        ),
    )
    @click.option(
        "--apply-namespace",
        metavar="NAME",
        help="The namespace for objects in files that name none, as with kubectl apply -n.",
    )
    @click.option(
        "--with",
        "added",
        multiple=True,
        metavar="PATH",
        type=click.Path(),
        help="What if these objects were added or replaced: a file or folder; may be repeated.",
    )
    @click.option(
        "--without",
        "removed",
        multiple=True,
        metavar="KIND/NAME",
        help=(
            "What if this object did not exist: KIND/NAME, or KIND/NAMESPACE/NAME outside of "
            "default; may be repeated."
        ),
    )
    @wraps(command)
    def collected(*args: Any, apply_namespace: str | None, **options: Any) -> Any:
        files = (
            options.get("filenames", True) or options["added"]
        )  # without -f the arguments of a command say what
        if apply_namespace is not None and not files:
            raise click.UsageError(
                "--apply-namespace applies to objects in files: pass files with -f or --with",
                click.get_current_context(),
            )
        return command(*args, apply_namespace=apply_namespace, **options)

    return collected
