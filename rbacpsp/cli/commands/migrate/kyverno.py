"""`rbacpsp migrate kyverno`."""

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
    "ClusterPolicy, which fills nothing in.",
)
@engine_options
def kyverno(*, kyverno_api: Literal["v1", "clusterpolicy"], migrating: MigrationOptions) -> int:
    r"""Write the policies as ValidatingPolicy and MutatingPolicy of Kyverno.

    Any policy that admits the pod is enough, and what the first of them fills in is filled in. Kyverno cannot
    ask the cluster's RBAC, so who may "use" which policy, and where, is written down as it is today. The
    templates of workloads are judged as well, by what their controllers may use, when they are applied.

    Without roles and bindings in the input everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate kyverno -f sample_clusters/psp-by-example
      rbacpsp migrate kyverno -o table -f sample_clusters/psp-on-eks
      rbacpsp migrate kyverno --kyverno-api clusterpolicy -f sample_clusters/psp-on-eks
    """
    return run_migration(
        "kyverno", replace(migrating, options=migrating.options | {"kyverno_api": kyverno_api})
    )
