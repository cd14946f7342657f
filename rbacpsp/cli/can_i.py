"""`rbacpsp can-i`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import NO, RefusedError, note, warn
from rbacpsp.cli.grants import grant_json, incomplete_json, request_json, user_json
from rbacpsp.cli.options import (
    Source,
    all_namespaces_option,
    namespace_option,
    need_user,
    open_cluster,
    place,
    source_options,
    user_options,
    warn_of_node_authorizer,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.target import is_usual, read_target, warn_as_kubectl
from rbacpsp.load.sources import RBAC_KINDS, WIDE_RBAC_KINDS
from rbacpsp.model import Request, User
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line
from rbacpsp.report.kubectl import can_i_list, harmless_json

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Decision

_ASK_RULES = Request("create", group="authorization.k8s.io", resource="selfsubjectrulesreviews")


@click.command("can-i", short_help="Check whether a subject may do something.")
@click.argument("words", nargs=-1, metavar="[VERB RESOURCE[/NAME]|URL]")
@click.option("--list", "listing", is_flag=True, help="List everything that is allowed in the namespace.")
@click.option("--why", is_flag=True, help="Say which grants allow it, or the API server's words of refusal.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing: the exit code is the answer.")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@namespace_option
@all_namespaces_option("In all namespaces at once, as kubectl asks it.")
@user_options
@source_options
@output_options
def can_i(
    *,
    words: tuple[str, ...],
    listing: bool,
    why: bool,
    quiet: bool,
    subresource: str,
    namespace: str | None,
    all_namespaces: bool,
    user: User | None,
    source: Source,
    output: Output,
) -> None:
    r"""Check whether a subject may do something, as kubectl auth can-i does. The exit code is 1 on no.

    \b
    Examples:
      rbacpsp can-i create pods --as system:kube-scheduler -f sample_clusters/bootstrap-1.24
      rbacpsp can-i list secrets --as alice --why -f sample_clusters/bootstrap-1.24
      rbacpsp can-i --list --as alice -n kube-system -f sample_clusters/bootstrap-1.24

    The namespace is sent with every request, as kubectl sends it; a warning says when the resource lives in
    none. Without --as a live cluster is asked for the user of the login.
    """
    if listing and words:
        raise click.UsageError("list option must be specified with no arguments", click.get_current_context())
    if listing and (quiet or all_namespaces or subresource or why):
        raise click.UsageError(
            "--list can't be combined with --quiet, --all-namespaces, --subresource or --why",
            click.get_current_context(),
        )
    if not listing and len(words) != 2:
        raise click.UsageError(
            "say what: a verb and a resource or URL, or --list for everything", click.get_current_context()
        )
    asker = need_user(user, source)
    namespace = place(source, namespace)
    cluster = open_cluster(
        source,
        kinds=WIDE_RBAC_KINDS if all_namespaces else RBAC_KINDS,
        namespace=None if all_namespaces else namespace,
        discovery=not listing and not is_usual(words[1]),
        say_unread=listing,
    )
    warn_of_node_authorizer(asker.name)
    if listing:
        _list(cluster, asker, namespace, output)
        return
    target = read_target(
        cluster.catalog,
        words[0],
        words[1],
        subresource=subresource,
        namespace="" if all_namespaces else namespace,
    )
    warn_as_kubectl(target, all_namespaces=all_namespaces)
    decision = cluster.authorize(asker, target.request)
    for doubt in decision.incomplete:
        warn(doubt)
    if not quiet:
        _print(decision, output, why=why)
    click.get_current_context().exit(0 if decision else NO)


def _list(cluster: "Cluster", user: User, namespace: str, output: Output) -> None:
    """Print the rules of a user, once the server would let the user ask for them.

    Every server lets those ask whom its own system:basic-user is bound to; where that role was not loaded,
    the input is a part of a cluster and does not tell.
    """
    may_ask = cluster.authorize(user, _ASK_RULES)
    if may_ask.message is not None:
        if "system:basic-user" in cluster.objects.cluster_roles:
            raise RefusedError([may_ask.message])
        note("The server's own roles were not loaded; what they allow to everyone is missing below.")
    status = cluster.rules_for(user, namespace).status()
    if output.tabular:
        click.echo(can_i_list(harmless_json(status), headers=output.headers), nl=False)
        return
    rules = can_i_list(harmless_json(status), headers=False).splitlines()
    data = {**user_json(user), "namespace": namespace, "status": status}
    output.answer(
        Answer("Rules", Table(("rule",), [(rule,) for rule in rules]), data, rules),
        empty="Nothing is allowed.",
    )


def _print(decision: "Decision", output: Output, *, why: bool) -> None:
    word = "yes" if decision else "no"
    reasons = list(decision.reasons) if decision else [decision.message or ""]
    if output.tabular:
        click.echo(line(word if decision or not decision.reason else f"{word} - {decision.reason}"))
        for reason in reasons if why else ():
            click.echo(line(reason or "Members of system:masters may do everything before RBAC is asked."))
        return
    data = {
        **user_json(decision.user),
        **request_json(decision.request),
        "allowed": decision.allowed,
        "reason": decision.reason,
        "message": decision.message,
        "grants": [grant_json(grant) for grant in decision.grants],
        "errors": list(decision.errors),
    } | incomplete_json(decision.incomplete)
    table = Table(("allowed", "reason"), [(word, reason) for reason in reasons])
    output.answer(Answer("CanI", table, data, (word,)), empty=word)
