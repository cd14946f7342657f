"""`rbacpsp migrate vap`: write the policies as ValidatingAdmissionPolicy and MutatingAdmissionPolicy."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("vap", short_help="Write the policies as ValidatingAdmissionPolicy that asks RBAC.")
@engine_options
def vap(*, migrating: MigrationOptions) -> int:
    r"""Write the policies as ValidatingAdmissionPolicy and MutatingAdmissionPolicy of the server itself.

    The server asks its own RBAC the question that PodSecurityPolicy asked: may the pod's service account, or
    else the requester, "use" the policy? So the existing roles and bindings keep deciding, a pod needs one
    policy that admits it, and it gets the defaults of the first such policy.

    If the input has no roles and bindings, everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate vap -f sample_clusters/psp-by-example
      rbacpsp migrate vap -o table -f sample_clusters/psp-on-eks
      rbacpsp migrate vap --actions Audit -f sample_clusters/psp-on-eks
    """
    return run_migration("vap", migrating)
