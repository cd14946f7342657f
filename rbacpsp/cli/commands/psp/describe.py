"""`rbacpsp psp describe`: describe policies, byte for byte as kubectl describe psp does."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.commands.describe import print_described
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, described_options


@command("describe", short_help="Describe a policy as kubectl does.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@source_options
@described_options
def describe(*, names: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Describe policies, byte for byte as kubectl describe psp does; without a NAME, all policies.

    \b
    Examples:
      rbacpsp psp describe eks.privileged -f sample_clusters/psp-on-eks
    """
    print_described("podsecuritypolicy", names, None, source, output)
