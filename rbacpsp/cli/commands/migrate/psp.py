"""`rbacpsp migrate psp`: write OpenShift's security context constraints as PodSecurityPolicies."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("psp", short_help="Write OpenShift's security context constraints as policies.")
@engine_options
def psp(*, migrating: MigrationOptions) -> int:
    r"""Write OpenShift's security context constraints as PodSecurityPolicies, with roles and bindings.

    This is the reverse of migrate scc, and the first step from constraints to the successors of policies:
    migrate vap reads its output. Names begin with a number, which keeps the order. Constraints that take
    users, groups or SELinux levels from the namespace become a policy for each namespace; subjects that may
    use the constraints, by RBAC or by their lists, may use the policy there. What policies cannot express is
    reported as a gap.

    \b
    Examples:
      rbacpsp migrate psp -f sample_clusters/scc-on-openshift
      rbacpsp migrate psp -o table -f sample_clusters/scc-on-openshift
    """
    return run_migration("psp", migrating)
