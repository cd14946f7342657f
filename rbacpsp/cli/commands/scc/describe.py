"""`rbacpsp scc describe`: describe security context constraints, as oc describe scc does."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.commands.describe import print_described
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, described_options


@command("describe", short_help="Describe constraints as oc does.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@source_options
@described_options
def describe(*, names: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Describe security context constraints, as oc describe scc does; without a NAME, all constraints.

    Like oc, this shows the users and groups that constraints list, but not those of RBAC: scc users shows
    both.

    \b
    Examples:
      rbacpsp scc describe restricted-v2 -f sample_clusters/scc-on-openshift
    """
    print_described("securitycontextconstraints", names, None, source, output)
