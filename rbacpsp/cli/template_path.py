"""`--template-path`: the paths of pod templates in custom resources."""

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from rbacpsp.cli.command import Function
from rbacpsp.cli.options import SourceOptions

if TYPE_CHECKING:
    from rbacpsp.model.pod_templates import TemplateKinds


def template_path_option(command: Function) -> Function:
    """Add `--template-path` to a command with `source_options`, which must be the outer decorator."""

    @templates_option
    @wraps(command)
    def collected(*args: Any, templates: "TemplateKinds | None", source: SourceOptions, **others: Any) -> Any:
        return command(*args, source=replace(source, templates=templates), **others)

    return collected


def templates_option(command: Function) -> Function:
    """Add `--template-path` to a command without a cluster; the command gets `templates`, None without it."""
    return click.option(
        "--template-path",
        "templates",
        metavar="GROUP/KIND=PATH",
        multiple=True,
        callback=_templates,
        help="The path of the pod template in a custom resource, for example "
        "example.com/App=.spec.template; may be repeated. Many kinds are built in.",
    )(command)


def _templates(
    _context: click.Context, _parameter: click.Parameter, paths: tuple[str, ...]
) -> "TemplateKinds | None":
    if not paths:
        return None
    from rbacpsp.model.pod_templates import known_kinds, read_template_path

    try:
        return known_kinds().with_paths(map(read_template_path, paths))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
