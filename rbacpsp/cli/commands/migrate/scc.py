"""`rbacpsp migrate scc`."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("scc", short_help="Write the policies as OpenShift's security context constraints.")
@engine_options
def scc(*, migrating: MigrationOptions) -> int:
    r"""Write the policies as OpenShift's security context constraints, with roles and bindings.

    Whoever may "use" a policy today may use its constraints, in the same namespaces: each policy gets a
    ClusterRole, named as "oc adm policy add-scc-to-user" names it, with bindings. Priorities keep the order
    of policies as far as constraints can, before all that OpenShift has. A policy whose name OpenShift's own
    constraints have gets another one. What constraints have no field for is a gap, field by field.

    Without roles and bindings in the input everyone may use every policy. The way back is migrate psp.

    \b
    Examples:
      rbacpsp migrate scc -f sample_clusters/psp-by-example
      rbacpsp migrate scc -o table -f sample_clusters/psp-migration
      rbacpsp migrate scc --fail-on-gap weaker -f sample_clusters/psp-on-eks
    """
    return run_migration("scc", migrating)
