"""`rbacpsp schema`."""

import json
from importlib.resources import files
from typing import Any

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.output import Folder, folder_options
from rbacpsp.cli.roles import did_you_mean
from rbacpsp.model.similar_names import likeliest


@command("schema", short_help="Print the JSON Schema of an answer.")
@click.argument("kind", required=False, metavar="[KIND]")
@click.option("--all", "every", is_flag=True, help="Write every schema, one file for each kind; needs -O.")
@folder_options
def schema(*, kind: str | None, every: bool, folder: Folder | None) -> None:
    r"""Print the JSON Schema of what -o json prints: KIND is the kind of the answer, such as WhoCan.

    Without KIND the kinds are listed. Fields are added in later releases, and none goes away: take an answer
    with fields that you do not know.

    \b
    Examples:
      rbacpsp schema
      rbacpsp schema WhoCan
      rbacpsp schema --all -O schemas
    """
    if every != (folder is not None) or (every and kind):
        raise click.UsageError("--all needs -O and takes no KIND", click.get_current_context())
    found = schemas()
    if folder is not None:
        with folder.opened() as place:
            for name, each in found.items():
                (place / f"{name}.json").write_text(_text(each), encoding="utf-8")
    elif kind is None:
        click.echo("".join(f"{name}\n" for name in found), nl=False)
    else:
        by_lower = {name.lower(): name for name in found}
        if kind.lower() not in by_lower:
            close = did_you_mean(likeliest(kind, found)) or "; rbacpsp schema lists all"
            raise InputError([f'there is no answer of kind "{kind}"{close}'])
        click.echo(_text(found[by_lower[kind.lower()]]), nl=False)


def schemas() -> dict[str, Any]:
    """Every schema, by the kind of the answer."""
    found: dict[str, Any] = json.loads(files("rbacpsp.cli").joinpath("schemas.json").read_bytes())
    return found


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"
