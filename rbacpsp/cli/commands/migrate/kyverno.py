"""`rbacpsp migrate kyverno`: write the policies as ValidatingPolicy and MutatingPolicy of Kyverno."""

from dataclasses import replace
from typing import Literal

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("kyverno", short_help="Write the policies as ValidatingPolicy and MutatingPolicy of Kyverno.")
@click.option(
    "--kyverno-api",
    type=click.Choice(["v1", "clusterpolicy"]),
    default="v1",
    show_default=True,
    help="Kyverno's kinds: ValidatingPolicy and MutatingPolicy of policies.kyverno.io/v1, or the older "
    "ClusterPolicy, which sets no defaults.",
)
@engine_options
def kyverno(*, kyverno_api: Literal["v1", "clusterpolicy"], migrating: MigrationOptions) -> int:
    r"""Write the policies as ValidatingPolicy and MutatingPolicy of Kyverno.

    A pod needs one policy that admits it, and gets the defaults of the first such policy. Kyverno cannot ask
    the cluster's RBAC, so who may "use" which policy, and where, is copied from today's roles and bindings.
    Workloads are checked as well when they are applied: their templates, by what their controllers may use.

    If the input has no roles and bindings, everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate kyverno -f sample_clusters/psp-by-example
      rbacpsp migrate kyverno -o table -f sample_clusters/psp-on-eks
      rbacpsp migrate kyverno --kyverno-api clusterpolicy -f sample_clusters/psp-on-eks
    """
    return run_migration(
        "kyverno", replace(migrating, options=migrating.options | {"kyverno_api": kyverno_api})
    )
