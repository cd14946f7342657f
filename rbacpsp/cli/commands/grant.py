"""`rbacpsp grant`: write the smallest Role and RoleBinding that let a subject do something."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note
from rbacpsp.cli.grant_output import ShownMending
from rbacpsp.cli.named_objects import unsent_name_note
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    request_namespace,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.subject import parse_subject
from rbacpsp.cli.target import read_target, request_as_sent, require_known

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Request


@command("grant", short_help="Write the smallest role and binding that allow something.")
@click.argument("verb", metavar="VERB[,VERB]...")
@click.argument("targets", nargs=-1, required=True, metavar="RESOURCE[/NAME]|URL...")
@click.option("--to", "subject", required=True, metavar="SUBJECT", help="The subject to grant it to.")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@namespace_option
@all_namespaces_option("Grant it in every namespace, with a ClusterRoleBinding.")
@source_options
@output_options(
    formats=("yaml", "json"),
    default="yaml",
    titles=False,
    help="The output format: YAML for kubectl apply, or JSON with every alternative.",
)
def grant(
    *,
    verb: str,
    targets: tuple[str, ...],
    subject: str,
    subresource: str,
    namespace: str | None,
    all_namespaces: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Write the smallest Role and RoleBinding that let a subject do something.

    Cluster-wide resources, URLs, and everything with -A get a ClusterRole and a ClusterRoleBinding. A name
    becomes resourceNames if requests carry it. Comments above the YAML list the existing roles that also
    allow it, those with the fewest other permissions first, and the audit findings and escalation paths that
    the grant adds.

    A subject is written as user/alice, group/devs, sa/NAMESPACE:NAME or system:serviceaccount:NAMESPACE:NAME;
    a bare word is the user, group or service account with that name.

    \b
    Examples:
      rbacpsp grant get,list pods --to User/dana -n dev -f sample_clusters/rbac-workshop
      rbacpsp grant get nodes --to Group/operators -f sample_clusters/bootstrap-1.24
      rbacpsp grant use psp/100-psp --to ServiceAccount/default:default -f sample_clusters/psp-by-example
    """
    cluster = open_cluster(source)
    target_namespace = "" if all_namespaces else request_namespace(source, namespace)
    requests = [
        _request(cluster, word, target, subresource, target_namespace)
        for target in targets
        for word in dict.fromkeys(filter(None, verb.split(",")))
    ]
    if not requests:
        raise click.UsageError(
            "the verb is missing: for example get or get,list", click.get_current_context()
        )
    namespaces = {"" if request.path is not None else request.namespace for request in requests}
    if len(namespaces) > 1:
        raise click.UsageError(
            "one role and one binding cannot grant both namespaced and cluster-wide resources: ask for "
            "them separately, or use -A",
            click.get_current_context(),
        )
    for text in filter(None, map(unsent_name_note, requests)):
        note(text)
    mending = cluster.grant(requests, parse_subject(cluster, subject))
    output.show(ShownMending(mending, cluster.opened_by(mending)), cluster=cluster)


def _request(cluster: "Cluster", verb: str, word: str, subresource: str, namespace: str) -> "Request":
    target = read_target(cluster.catalog, verb, word, subresource=subresource, namespace=namespace)
    require_known(cluster.catalog, target, word)
    return request_as_sent(target)
