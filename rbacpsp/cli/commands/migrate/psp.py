"""`rbacpsp migrate psp`."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("psp", short_help="Write OpenShift's security context constraints as policies.")
@engine_options
def psp(*, migrating: MigrationOptions) -> int:
    r"""Write OpenShift's security context constraints as PodSecurityPolicies, with roles and bindings.

    This is the way back of migrate scc, and the first step from constraints to what takes the place of
    policies: migrate vap takes its output. Names begin with a number, which keeps the order. Constraints that
    take users, groups or SELinux levels from their namespace become a policy for each namespace, and whoever
    may use them by RBAC or by their lists may use it there. What policies hold otherwise is a gap.

    \b
    Examples:
      rbacpsp migrate psp -f sample_clusters/scc-on-openshift
      rbacpsp migrate psp -o table -f sample_clusters/scc-on-openshift
    """
    return run_migration("psp", migrating)
