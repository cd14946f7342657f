"""`rbacpsp migrate kubewarden`: write the policies as a policy group of Kubewarden."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("kubewarden", short_help="Write the policies as policy groups of Kubewarden.")
@engine_options
def kubewarden(*, migrating: MigrationOptions) -> int:
    r"""Write the policies as a policy group of Kubewarden, whose members are modules.

    The group admits a pod if some policy admits it that the requester may use. If a module differs from the
    policy, the member is written in CEL (cel-policy). Who may "use" which policy is copied from today's roles
    and bindings; with --scope rbac the server is asked, by a group for each set of at most three policies.
    Kubewarden's mutating modules cannot know which policy applies, so they set only the defaults that all
    policies share.

    If the input has no roles and bindings, everyone may use every policy.

    \b
    Examples:
      rbacpsp migrate kubewarden -f sample_clusters/psp-by-example
      rbacpsp migrate kubewarden --scope rbac -f sample_clusters/psp-migration
      rbacpsp migrate kubewarden -o table -f sample_clusters/psp-on-eks
    """
    return run_migration("kubewarden", migrating)
