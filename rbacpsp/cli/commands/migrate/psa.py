"""`rbacpsp migrate psa`."""

import click

from rbacpsp.cli.migration import MigrationOptions, engine_options, run_migration


@click.command("psa", short_help="Write a Pod Security level for each namespace, as labels.")
@click.option(
    "--edit",
    is_flag=True,
    help=(
        "Print the manifests of -f instead, with the fields that policies fill in added to their templates."
    ),
)
@engine_options
def psa(*, edit: bool, migrating: MigrationOptions) -> int:
    r"""Write a level of the Pod Security Standards for each namespace, as labels pinned to a version.

    A namespace gets the strictest level that everything in it meets, as PodSecurityPolicy stores it today;
    the next level is set for audit and warn. Where nothing runs, the loosest policy decides. What Pod
    Security cannot hold is a gap, field by field. What policies fill in today must move into the templates:
    -o json has a patch for each workload, -O writes them to the folder "patches", and --edit writes them into
    the manifests themselves, whose comments stay. What the server should be told when it starts, for
    namespaces to come and with exemptions, stands beside it (-O: in the folder "server").

    \b
    Examples:
      rbacpsp migrate psa -f sample_clusters/psp-migration
      rbacpsp migrate psa -o table -f sample_clusters/psp-by-example
    """
    if edit:
        from rbacpsp.cli.template_edit import print_edited

        return print_edited(migrating)
    return run_migration("psa", migrating)
