"""`rbacpsp matrix`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import warn
from rbacpsp.cli.options import Source, namespace_option, open_cluster, place, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import SUBJECT_HELP, read_subject
from rbacpsp.cli.target import read_target, require_known
from rbacpsp.cli.who_can import placed
from rbacpsp.load.sources import RBAC_KINDS
from rbacpsp.model import Request
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

STANDARD = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
YES, NO, NOT_SERVED = "yes", "no", "n/a"


@click.command("matrix", short_help="Show who may do what, as a table of verbs.", epilog=SUBJECT_HELP)
@click.argument("resource", required=False)
@click.option("--subject", metavar="SUBJECT", help="Show every resource for this subject instead.")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@click.option("--verbs", metavar="VERB,...", help="The columns; the default is what the resource serves.")
@click.option("--all", "everything", is_flag=True, help="With --subject: resources without any yes as well.")
@namespace_option
@source_options
@output_options
def matrix(
    *,
    resource: str | None,
    subject: str | None,
    subresource: str,
    verbs: str | None,
    everything: bool,
    namespace: str | None,
    source: Source,
    output: Output,
) -> None:
    r"""Show which verbs each subject may use on a resource, or one subject on every resource.

    A cell is yes, no, or n/a where the server has no such verb on the resource. Subjects are shown as the
    bindings write them: what a group holds is on the group's line.

    \b
    Examples:
      rbacpsp matrix secrets -n kube-system -f sample_clusters/bootstrap-1.24
      rbacpsp matrix pods --verbs get,list,create -f sample_clusters/bootstrap-1.24
      rbacpsp matrix --subject system:kube-scheduler -f sample_clusters/bootstrap-1.24
    """
    if (resource is None) == (subject is None):
        raise click.UsageError("say either a RESOURCE or --subject SUBJECT", click.get_current_context())
    chosen = tuple(verb for verb in (verbs or "").split(",") if verb)
    namespace = place(source, namespace)
    cluster = open_cluster(source, kinds=RBAC_KINDS, namespace=namespace)
    if resource is not None:
        answer = _subjects(cluster, resource, subresource, chosen, namespace)
        output.answer(answer, empty="Nobody may do any of that.")
        return
    answer = _resources(cluster, subject or "", chosen or STANDARD, namespace, everything=everything)
    output.answer(answer, empty=f"No resource is allowed to {subject} in namespace {namespace}; see --all.")


def _subjects(
    cluster: "Cluster", resource: str, subresource: str, verbs: tuple[str, ...], namespace: str
) -> Answer:
    asked = read_target(cluster.catalog, "get", resource, subresource=subresource, namespace=namespace)
    if asked.request.path is not None:
        raise click.UsageError("a matrix is of a resource, not of a URL", click.get_current_context())
    require_known(cluster.catalog, asked, resource)
    served = cluster.catalog.verbs(asked.request.group, asked.request.combined_resource)
    columns = verbs or _ordered(served) or STANDARD
    holders: dict[str, set[str]] = {}
    for verb in columns:
        target = read_target(cluster.catalog, verb, resource, subresource=subresource, namespace=namespace)
        answer = cluster.who_can(placed(target))
        holders[verb] = {subject_text(access.subject, namespace) for access in answer}
        for error in answer.errors if verb == columns[0] else ():
            warn(error)
    masters = "Group/system:masters"
    subjects = [masters, *sorted(set().union(*holders.values()) - {masters})]
    cells = {
        subject: [_cell(subject in holders[verb], verb, served) for verb in columns] for subject in subjects
    }
    return _answer("subject", columns, cells, {"resource": asked.request.combined_resource})


def _resources(
    cluster: "Cluster", text: str, verbs: tuple[str, ...], namespace: str, *, everything: bool
) -> Answer:
    subject = read_subject(text)
    user = user_of(subject)
    cells: dict[str, list[str]] = {}
    for resource in cluster.catalog.resources:
        if resource.qualified in cells:
            continue
        served = cluster.catalog.verbs(resource.group, resource.combined)
        row = []
        for verb in verbs:
            request = Request(
                verb,
                group=resource.group,
                resource=resource.name,
                subresource=resource.subresource,
                namespace=namespace if resource.namespaced else "",
            )
            row.append(_cell(cluster.authorize(user, request).allowed, verb, served))
        if everything or YES in row:
            cells[resource.qualified] = row
    head = {"subject": subject_text(subject), "namespace": namespace}
    return _answer("resource", verbs, dict(sorted(cells.items())), head)


def _cell(allowed: bool, verb: str, served: Iterable[str]) -> str:
    if served and verb not in served and verb != "*":
        return NOT_SERVED
    return YES if allowed else NO


def _ordered(verbs: Iterable[str]) -> tuple[str, ...]:
    there = set(verbs)
    return (*(verb for verb in STANDARD if verb in there), *sorted(there - set(STANDARD)))


def _answer(
    title: str, verbs: tuple[str, ...], cells: dict[str, list[str]], head: Mapping[str, str]
) -> Answer:
    items = [{title: name, "verbs": dict(zip(verbs, row, strict=True))} for name, row in cells.items()]
    rows = [(name, *row) for name, row in cells.items()]
    return Answer("Matrix", Table((title, *verbs), rows), {**head, "items": items}, list(cells))
