"""`rbacpsp migrate gatekeeper`."""

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
    help="The library's constraints, field by field and each as loose as in the loosest policy (library), "
    "one template that takes what one policy takes as a whole (own), or the library's where they are as "
    "strict (auto).",
)
@engine_options
def gatekeeper(*, template: Literal["auto", "library", "own"], migrating: MigrationOptions) -> int:
    r"""Write the policies as constraints of Gatekeeper, with their templates, and as its mutations.

    A policy alone becomes constraints of Gatekeeper's library, except for the fields where the library says
    something else. Several policies become one template of our own, because constraints must all hold while
    one policy that admits the pod was enough. Who may "use" which policy is written down as it is today.
    Gatekeeper's mutations cannot know which policy wins: only what all fill in alike is filled in.

    Without roles and bindings in the input everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate gatekeeper -f sample_clusters/psp-by-example
      rbacpsp migrate gatekeeper -o table -f sample_clusters/psp-on-eks
      rbacpsp migrate gatekeeper --template library -f sample_clusters/psp-migration
    """
    return run_migration("gatekeeper", replace(migrating, options=migrating.options | {"template": template}))
