"""`rbacpsp schema`: print the JSON Schema of what -o json prints."""

import json
from typing import Any

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.output import Folder, folder_options
from rbacpsp.model.package_data import package_data
from rbacpsp.model.similar_names import did_you_mean, likeliest


@command("schema", short_help="Print the JSON Schema of an answer.")
@click.argument("kind", required=False, metavar="[KIND]")
@click.option(
    "--all", "everything", is_flag=True, help="Write every schema, one file for each kind; needs -O."
)
@folder_options
def schema(*, kind: str | None, everything: bool, folder: Folder | None) -> None:
    r"""Print the JSON Schema of what -o json prints: KIND is the kind of the answer, such as WhoCan.

    Without KIND, the kinds are listed. Later releases add fields and remove none: accept answers with fields
    that you do not know.

    \b
    Examples:
      rbacpsp schema
      rbacpsp schema WhoCan
      rbacpsp schema --all -O schemas
    """
    if everything != (folder is not None) or (everything and kind):
        raise click.UsageError("--all needs -O and takes no KIND", click.get_current_context())
    all_schemas = schemas()
    if folder is not None:
        with folder.opened() as target:
            for name, kind_schema in all_schemas.items():
                (target / f"{name}.json").write_text(_text(kind_schema), encoding="utf-8")
    elif kind is None:
        click.echo("".join(f"{name}\n" for name in all_schemas), nl=False)
    else:
        by_lower = {name.lower(): name for name in all_schemas}
        if kind.lower() not in by_lower:
            suggestion = did_you_mean(likeliest(kind, all_schemas)) or "; rbacpsp schema lists all"
            raise InputError([f'there is no answer of kind "{kind}"{suggestion}'])
        click.echo(_text(all_schemas[by_lower[kind.lower()]]), nl=False)


def schemas() -> dict[str, Any]:
    """Every schema, by the kind of the answer."""
    by_kind: dict[str, Any] = json.loads(package_data("rbacpsp.cli", "schemas.json"))
    return by_kind


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"
