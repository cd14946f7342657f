"""`rbacpsp whoami`."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import warn
from rbacpsp.cli.grants import user_json
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.output import Output, output_options
from rbacpsp.report.answer import Answer, Table


@command("whoami", short_help="Show who the API server takes you for.")
@click.option("--context", metavar="NAME", help="The kubeconfig context; its current one by default.")
@click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig.")
@output_options
def whoami(*, context: str | None, kubeconfig: str | None, output: Output) -> None:
    r"""Show the user and the groups that the API server takes the login for, and how that is known.

    A server since 1.26 says it (SelfSubjectReview). Of older ones the client certificate tells, or a review
    of the login's own token where that is allowed, or a refusal, which names the user without the groups.

    \b
    Examples:
      rbacpsp whoami --context prod
      rbacpsp whoami -o json
    """
    from rbacpsp.cli.live import whois

    found = whois(SourceOptions(context=context, kubeconfig=kubeconfig))
    if not found.groups_known:
        warn("the server does not report the groups")
    rows = [("user", found.user.name), *(("group", group) for group in found.user.groups)]
    data = {
        **user_json(found.user),
        "groupsKnown": found.groups_known,
        "source": found.source,
    }
    table = Table(("kind", "name", "source"), [(*row, found.source) for row in rows], frozenset({"source"}))
    output.answer(Answer("WhoAmI", table, data, (found.user.name,)), empty="")
