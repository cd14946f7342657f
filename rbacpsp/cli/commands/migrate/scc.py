"""`rbacpsp migrate scc`: write the policies as OpenShift's security context constraints."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("scc", short_help="Write the policies as OpenShift's security context constraints.")
@engine_options
def scc(*, migrating: MigrationOptions) -> int:
    r"""Write the policies as OpenShift's security context constraints, with roles and bindings.

    Subjects that may "use" a policy today may use its constraints, in the same namespaces: each policy gets a
    ClusterRole, named as "oc adm policy add-scc-to-user" names it, with bindings. Priorities keep the order
    of policies as far as constraints can, before all of OpenShift's own constraints. A policy with the name
    of one of OpenShift's constraints gets another name. Fields that constraints cannot express are reported
    as gaps.

    If the input has no roles and bindings, everyone may use every policy. The reverse is migrate psp.

    \b
    Examples:
      rbacpsp migrate scc -f sample_clusters/psp-by-example
      rbacpsp migrate scc -o table -f sample_clusters/psp-migration
      rbacpsp migrate scc --fail-on-gap weaker -f sample_clusters/psp-on-eks
    """
    return run_migration("scc", migrating)
