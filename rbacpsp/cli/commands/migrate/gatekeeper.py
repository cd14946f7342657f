"""`rbacpsp migrate gatekeeper`: write the policies as constraints of Gatekeeper, with their templates."""

from dataclasses import replace
from typing import Literal

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("gatekeeper", short_help="Write the policies as constraints and mutations of Gatekeeper.")
@click.option(
    "--template",
    type=click.Choice(["auto", "library", "own"]),
    default="auto",
    show_default=True,
    help="library: the library's constraints, one per field, each as loose as the loosest policy. own: one "
    "template that admits what any single policy admits. auto: the library's constraints if they are as "
    "strict, else the template.",
)
@engine_options
def gatekeeper(*, template: Literal["auto", "library", "own"], migrating: MigrationOptions) -> int:
    r"""Write the policies as constraints of Gatekeeper, with their templates, and as its mutations.

    A single policy becomes constraints of Gatekeeper's library, except for fields on which the library
    differs. Several policies become one template made by rbacpsp, because a pod must meet all constraints but
    needed only one policy that admits it. Who may "use" which policy is copied from today's roles and
    bindings. Gatekeeper's mutations cannot know which policy applies, so they set only the defaults that all
    policies share.

    If the input has no roles and bindings, everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate gatekeeper -f sample_clusters/psp-by-example
      rbacpsp migrate gatekeeper -o table -f sample_clusters/psp-on-eks
      rbacpsp migrate gatekeeper --template library -f sample_clusters/psp-migration
    """
    return run_migration("gatekeeper", replace(migrating, options=migrating.options | {"template": template}))
