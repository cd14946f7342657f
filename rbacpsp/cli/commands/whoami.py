"""`rbacpsp whoami`: show the user and groups that the API server sees for your login."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import warn
from rbacpsp.cli.grants import user_json
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.output import Output, output_options
from rbacpsp.report.answer import Answer, Table


@command("whoami", short_help="Show your user and groups as the API server sees them.")
@click.option("--context", metavar="NAME", help="The kubeconfig context; its current one by default.")
@click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig.")
@output_options
def whoami(*, context: str | None, kubeconfig: str | None, output: Output) -> None:
    r"""Show the user and groups that the API server sees for your login, and where they are known from.

    Servers since 1.26 report them (SelfSubjectReview). For older servers they come from the client
    certificate, from a review of your token if that is allowed, or from a refusal, which names the user
    without the groups.

    \b
    Examples:
      rbacpsp whoami --context prod
      rbacpsp whoami -o json
    """
    from rbacpsp.cli.live import identify_user

    identity = identify_user(SourceOptions(context=context, kubeconfig=kubeconfig))
    if not identity.groups_known:
        warn("the server does not report the groups")
    rows = [("user", identity.user.name), *(("group", group) for group in identity.user.groups)]
    data = {
        **user_json(identity.user),
        "groupsKnown": identity.groups_known,
        "source": identity.source,
    }
    table = Table(
        ("kind", "name", "source"), [(*row, identity.source) for row in rows], frozenset({"source"})
    )
    output.answer(Answer("WhoAmI", table, data, (identity.user.name,)), empty="")
