"""`rbacpsp migrate plan`: plan the complete migration from PodSecurityPolicy to its successor."""

import click

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options


@click.command("plan", short_help="Write a migration plan for this cluster, as a checklist.")
@click.option(
    "--target-version", metavar="VERSION", help="The Kubernetes version to migrate to; by default the newest."
)
@source_options
@output_options(
    formats=("markdown", "html", "json"),
    default="markdown",
    titles=False,
    help="The output format: a checklist as Markdown or HTML, or JSON (MigrationPlan).",
)
def plan(*, target_version: str | None, source: SourceOptions, output: Output) -> None:
    r"""Plan the complete migration from PodSecurityPolicy to its successor, as a checklist for this cluster.

    The plan lists the workloads that policies change today, with a patch that puts these defaults into their
    pod templates; the level of each namespace; what each successor cannot enforce; the steps in order, with
    the pods that each step would refuse and how to undo it; and what to remove in the end.

    \b
    Examples:
      rbacpsp migrate plan -f sample_clusters/psp-migration
      rbacpsp migrate plan -o json -f sample_clusters/psp-on-eks
    """
    from rbacpsp.cli.plan_output import ShownPlan
    from rbacpsp.migration.plan import plan as planned
    from rbacpsp.migration.task import GivenOptions

    cluster = open_cluster(source, discovery=False)
    options: GivenOptions = {} if target_version is None else {"target_version": target_version}
    try:
        migration_plan = planned(cluster, **options)
    except ValueError as error:
        raise InputError([str(error)]) from None
    output.show(ShownPlan(migration_plan), cluster=cluster)
