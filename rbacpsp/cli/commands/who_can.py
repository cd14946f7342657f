"""`rbacpsp who-can`: show which subjects can do something, and the bindings and roles that allow it."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec import Struct

from rbacpsp.cli.access_table import RequestAnswer, accesses_table, ask, holders_of, holders_table, incomplete
from rbacpsp.cli.assumption_warning import grant_objects, partial_source_note, server_notes, version_json
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import access_json
from rbacpsp.cli.named_objects import by_name_json, by_name_member, by_name_text, unsent_name_note
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    cluster_of,
    namespace_option,
    open_cluster,
    request_namespace,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.request_arguments import read_targets, resources_of, split_words
from rbacpsp.cli.system_subjects import include_system_option
from rbacpsp.cli.target import Target, is_usual, namespace_named, request_as_sent
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Grant


@command("who-can", short_help="Show which subjects can do something.")
@click.argument("verbs", metavar="VERB[,VERB]...")
@click.argument("targets", required=False, metavar="RESOURCE[/NAME][,RESOURCE]...|URL")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="With several verbs or resources: only subjects that can do all of them.",
)
@click.option("--verbatim", is_flag=True, help="Treat kubectl's words, such as exec, as API verbs.")
@click.option("--expand", is_flag=True, help="Also list the service accounts and controllers in the groups.")
@include_system_option
@click.option(
    "--watch", "follow", is_flag=True, help="Print the answer again whenever a role or binding changes it."
)
@namespace_option
@all_namespaces_option("Ask about all namespaces; SCOPE says where access is granted.")
@source_options
@output_options
def who_can(
    *,
    verbs: str,
    targets: str | None,
    subresource: str,
    every: bool,
    verbatim: bool,
    expand: bool,
    include_system: bool,
    follow: bool,
    namespace: str | None,
    all_namespaces: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show which subjects can do something, and the bindings and roles that allow it.

    Subjects are shown as the bindings spell them. Members of the group system:masters may do everything
    without RBAC. With several verbs or resources, subjects that may do at least one of them are shown, and
    which. The verbs exec, logs, port-forward, attach, debug, scale and evict stand for the requests that
    kubectl sends for these commands.

    \b
    Examples:
      rbacpsp who-can get pods -f sample_clusters/bootstrap-1.24 -n kube-system
      rbacpsp who-can delete pods -n prod -f sample_clusters/acme
      rbacpsp who-can exec pods -n prod -f sample_clusters/acme
      rbacpsp who-can get,list pods,secrets -A -f sample_clusters/acme
      rbacpsp who-can get pods --subresource log -A -f sample_clusters/bootstrap-1.24
      rbacpsp who-can use psp/100-psp -n default -f sample_clusters/psp-by-example -o wide
      rbacpsp who-can get /healthz -f sample_clusters/bootstrap-1.24 -o json

    The namespace is ignored for cluster-wide resources, with two exceptions: a policy is used in the
    namespace of the pod, and a Namespace object is checked within itself. If only objects with some names are
    granted, a line lists the names. --watch follows a live cluster until Ctrl-C and prints the answer again
    whenever it changes.
    """
    if follow and source.filenames:
        raise click.UsageError("--watch needs a live cluster: leave out -f", click.get_current_context())
    if follow and output.stream is not None:
        raise click.UsageError("--watch prints its answers: leave out -O", click.get_current_context())
    words = resources_of(verbs, targets)
    arguments = _Arguments(
        verbs=verbs,
        words=words,
        subresource=subresource,
        namespace=request_namespace(source, namespace),
        every=every,
        verbatim=verbatim,
        expand=expand,
        all_namespaces=all_namespaces,
        fold=not include_system and output.folds,
        source=source,
    )
    discovery = expand or not all(map(is_usual, split_words(words)))
    if not follow:
        cluster = open_cluster(source, kinds=arguments.kinds, namespace=arguments.within, discovery=discovery)
        _print(_ask(arguments, cluster, output), output)
        return
    from rbacpsp.cli.live import watch_objects

    before: object = None
    for number, objects in enumerate(
        watch_objects(source, arguments.kinds, arguments.within, discovery=discovery)
    ):
        cluster = cluster_of(
            objects, source, kinds=arguments.kinds, namespace=arguments.within, quiet=number > 0
        )
        result = _ask(arguments, cluster, output)
        if result.answer.table.rows != before:
            if number:
                click.echo(f"--- {datetime.now().astimezone():%H:%M:%S} the answer has changed:", err=True)
            _print(result, output)
            sys.stdout.flush()
        before = result.answer.table.rows


class _Arguments(Struct, frozen=True, kw_only=True):
    """The arguments and options of the command line."""

    verbs: str
    words: str
    subresource: str
    namespace: str
    every: bool
    verbatim: bool
    expand: bool
    all_namespaces: bool
    fold: bool
    source: SourceOptions

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of objects that the answer depends on."""
        return RBAC_KINDS | {"ServiceAccount"} if self.expand else RBAC_KINDS

    @property
    def within(self) -> str | None:
        """The only namespace that the answer depends on; None means all."""
        if self.all_namespaces or self.expand or "," in self.words:
            return None
        return namespace_named(self.words) or self.namespace


def _ask(arguments: _Arguments, cluster: "Cluster", output: Output) -> "NotedAnswer":
    targets = read_targets(
        cluster,
        arguments.verbs,
        arguments.words,
        subresource=arguments.subresource,
        namespace=arguments.namespace,
        verbatim=arguments.verbatim,
    )
    queries = []
    notes = []
    by_name: list[JSONObject] = []
    for target in targets:
        request = request_as_sent(target)
        anywhere = arguments.all_namespaces and target.reaches_namespaces(request)
        if anywhere:
            request = replace(request, namespace="")
        query = RequestAnswer(request, anywhere, ask(cluster, request, anywhere=anywhere))
        queries.append(query)
        named_grants = cluster.authorizer.named_grants(
            request, arguments.namespace, anywhere=arguments.all_namespaces
        )
        by_name += [] if output.readable else by_name_json(named_grants)
        notes += [unsent_name_note(request), by_name_text(request, named_grants, holders=True)]
        if not named_grants and len(query.answer) == 1:
            notes += [_advice_for_nobody(arguments, cluster, target), partial_source_note(cluster).strip()]
        for error in query.answer.errors:
            warn(error)
    rows = (
        _rows_of_one(arguments, cluster, queries[0])
        if len(queries) == 1
        else _rows_of_several(arguments, cluster, queries)
    )
    data = {**version_json(cluster), **rows.data(output), **by_name_member(by_name), **incomplete(queries)}
    notes += server_notes(cluster, grant_objects(rows.grants), access_only=True)
    return NotedAnswer(Answer("WhoCan", rows.table, data, rows.names), tuple(filter(None, notes)))


class _Rows(Struct, frozen=True):
    """The answer as a table and as JSON, and the grants that it depends on."""

    table: Table
    head: JSONObject
    items: Callable[[], list[JSONObject]]
    names: list[str]
    grants: "list[Grant]"

    def data(self, output: Output) -> JSONObject:
        """The JSON; without its items if the output is not JSON."""
        return {**self.head, "items": [] if output.readable else self.items()}


def _rows_of_one(arguments: _Arguments, cluster: "Cluster", query: RequestAnswer) -> _Rows:
    accesses = list(query.answer.expand(cluster.catalog.controllers) if arguments.expand else query.answer)
    return _Rows(
        accesses_table(accesses, fold=arguments.fold, expanded=arguments.expand),
        {"request": query.json()},
        lambda: list(map(access_json, accesses)),
        [subject_text(access.subject) for access in accesses],
        [grant for access in accesses for grant in access.grants],
    )


def _rows_of_several(arguments: _Arguments, cluster: "Cluster", queries: list[RequestAnswer]) -> _Rows:
    holders = holders_of(queries, every=arguments.every, expand=cluster if arguments.expand else None)
    return _Rows(
        holders_table(holders, fold=arguments.fold),
        {"requests": [query.json() for query in queries]},
        lambda: [holder.json() for holder in holders],
        [subject_text(holder.subject) for holder in holders],
        [grant for holder in holders for _, access in holder.accesses for grant in access.grants],
    )


def _advice_for_nobody(arguments: _Arguments, cluster: "Cluster", target: Target) -> str:
    """The next step if only system:masters may do it; -A is suggested only if it changes the answer."""
    request = request_as_sent(target)
    elsewhere = not arguments.all_namespaces and target.reaches_namespaces(request)
    if elsewhere and arguments.source.filenames:  # from a live cluster, only one namespace was read
        named_grants = cluster.authorizer.named_grants(request, anywhere=True)
        elsewhere = bool(named_grants) or len(ask(cluster, replace(request, namespace=""), anywhere=True)) > 1
    advice = "Try -A for every namespace, or to see" if elsewhere else "See"
    name = f"/{request.name}" if request.name else ""
    group = f".{request.group}" if request.group else ""
    word = f"{request.resource}{group}{name}" if request.path is None else request.path
    sub = [("--subresource", request.subresource)] if request.subresource else []
    command = next_step("roles", request.verb, word, options=sub, source=arguments.source)
    several = "," in arguments.verbs or "," in arguments.words
    what = f"{request.verb} {word}" if several else "it"
    return f"No bound role grants {what}. {advice} which roles would: {command}"


class NotedAnswer(NamedTuple):
    """The answer with its notes."""

    answer: Answer
    notes: tuple[str, ...]


def _print(result: NotedAnswer, output: Output) -> None:
    output.answer(result.answer, empty="Nobody can do that.")
    if output.readable:
        for text in result.notes:
            note(text)
