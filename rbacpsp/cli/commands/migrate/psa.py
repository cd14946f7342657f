"""`rbacpsp migrate psa`: write a level of the Pod Security Standards for each namespace."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("psa", short_help="Write a Pod Security level for each namespace, as labels.")
@click.option(
    "--edit",
    is_flag=True,
    help=("Print the manifests of -f instead, with the defaults of policies added to their pod templates."),
)
@engine_options
def psa(*, edit: bool, migrating: MigrationOptions) -> int:
    r"""Write a level of the Pod Security Standards for each namespace, as labels pinned to a version.

    A namespace gets the strictest level that all its pods meet with the defaults that PodSecurityPolicy sets
    today; the next level is set for audit and warn. If nothing runs in a namespace, the loosest policy
    decides. What Pod Security cannot enforce is reported as a gap, field by field. The defaults of policies
    must move into the pod templates: -o json has a patch for each workload, -O writes the patches to the
    folder "patches", and --edit writes them into the manifests, whose comments stay. The server's admission
    configuration, with the defaults for new namespaces and the exemptions, is written too (with -O to the
    folder "server").

    \b
    Examples:
      rbacpsp migrate psa -f sample_clusters/psp-migration
      rbacpsp migrate psa -o table -f sample_clusters/psp-by-example
    """
    if edit:
        from rbacpsp.cli.template_edit import print_edited

        return print_edited(migrating)
    return run_migration("psa", migrating)
