"""`rbacpsp who-can`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from rbacpsp.cli.access_table import RequestAnswer, ask, held, incomplete, one_table, several_table
from rbacpsp.cli.assumption_warning import assumed_of, only_read, server_notes, version_json
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import access_json
from rbacpsp.cli.named_objects import by_name_json, by_name_member, by_name_text, name_is_not_sent
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    cluster_of,
    namespace_option,
    open_cluster,
    place,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.request_arguments import read_targets, resources_of, split_words
from rbacpsp.cli.system_subjects import include_system_option
from rbacpsp.cli.target import Target, is_usual, namespace_named, placed
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

    Subjects are shown as the bindings write them. Members of the group system:masters may do everything
    before RBAC is asked. Of several verbs or resources, who may do at least one of them is shown, and which.
    The verbs exec, logs, port-forward, attach, debug, scale and evict mean what kubectl asks of the server.

    \b
    Examples:
      rbacpsp who-can get pods -f sample_clusters/bootstrap-1.24 -n kube-system
      rbacpsp who-can delete pods -n prod -f sample_clusters/acme
      rbacpsp who-can exec pods -n prod -f sample_clusters/acme
      rbacpsp who-can get,list pods,secrets -A -f sample_clusters/acme
      rbacpsp who-can get pods --subresource log -A -f sample_clusters/bootstrap-1.24
      rbacpsp who-can use psp/100-psp -n default -f sample_clusters/psp-by-example -o wide
      rbacpsp who-can get /healthz -f sample_clusters/bootstrap-1.24 -o json

    The namespace does not matter for resources that live in none. A policy is used in the namespace of
    the pod, and one Namespace object is asked for within itself. Where only some objects are granted, by
    their names, a line says which. With --watch a live cluster is followed until Ctrl-C, and the answer is
    printed again whenever it is another.
    """
    if follow and source.filenames:
        raise click.UsageError("--watch needs a live cluster: leave out -f", click.get_current_context())
    if follow and output.stream is not None:
        raise click.UsageError("--watch prints its answers: leave out -O", click.get_current_context())
    words = resources_of(verbs, targets)
    asked = _Question(
        verbs=verbs,
        words=words,
        subresource=subresource,
        namespace=place(source, namespace),
        every=every,
        verbatim=verbatim,
        expand=expand,
        all_namespaces=all_namespaces,
        fold=not include_system and output.folds,
        source=source,
    )
    discovery = expand or not all(map(is_usual, split_words(words)))
    if not follow:
        cluster = open_cluster(source, kinds=asked.kinds, namespace=asked.within, discovery=discovery)
        _print(_ask(asked, cluster, output), output)
        return
    from rbacpsp.cli.live import watched

    before: object = None
    for number, objects in enumerate(watched(source, asked.kinds, asked.within, discovery=discovery)):
        cluster = cluster_of(objects, source, kinds=asked.kinds, namespace=asked.within, quiet=number > 0)
        found = _ask(asked, cluster, output)
        if found.answer.table.rows != before:
            if number:
                click.echo(f"--- {datetime.now().astimezone():%H:%M:%S} the answer has changed:", err=True)
            _print(found, output)
            sys.stdout.flush()
        before = found.answer.table.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What the command line asks."""

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
        """All that the answer depends on."""
        return RBAC_KINDS | {"ServiceAccount"} if self.expand else RBAC_KINDS

    @property
    def within(self) -> str | None:
        """The only namespace that the answer depends on."""
        if self.all_namespaces or self.expand or "," in self.words:
            return None
        return namespace_named(self.words) or self.namespace


def _ask(asked: _Question, cluster: "Cluster", output: Output) -> "NotedAnswer":
    targets = read_targets(
        cluster,
        asked.verbs,
        asked.words,
        subresource=asked.subresource,
        namespace=asked.namespace,
        verbatim=asked.verbatim,
    )
    answers = []
    notes = []
    by_name: list[JSONObject] = []
    for target in targets:
        request = placed(target)
        anywhere = asked.all_namespaces and target.reaches_namespaces(request)
        if anywhere:
            request = replace(request, namespace="")
        one = RequestAnswer(request, anywhere, ask(cluster, request, anywhere=anywhere))
        answers.append(one)
        named = cluster.authorizer.named_grants(request, asked.namespace, anywhere=asked.all_namespaces)
        by_name += by_name_json(named)
        notes += [name_is_not_sent(request), by_name_text(request, named, holders=True)]
        if not named and len(one.answer) == 1:
            notes += [_nobody(asked, cluster, target), only_read(cluster).strip()]
        for error in one.answer.errors:
            warn(error)
    found = _single(asked, cluster, answers[0]) if len(answers) == 1 else _several(asked, cluster, answers)
    data = {**version_json(cluster), **found.data(output), **by_name_member(by_name), **incomplete(answers)}
    notes += server_notes(cluster, assumed_of(found.grants), access_only=True)
    return NotedAnswer(Answer("WhoCan", found.table, data, found.names), tuple(filter(None, notes)))


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table, the same as JSON, and what it rests on."""

    table: Table
    head: JSONObject
    items: Callable[[], list[JSONObject]]
    names: list[str]
    grants: "list[Grant]"

    def data(self, output: Output) -> JSONObject:
        """The JSON; without its items where none is written."""
        return {**self.head, "items": [] if output.readable else self.items()}


def _single(asked: _Question, cluster: "Cluster", one: RequestAnswer) -> _Rows:
    accesses = list(one.answer.expand(cluster.catalog.controllers) if asked.expand else one.answer)
    return _Rows(
        one_table(accesses, fold=asked.fold, expanded=asked.expand),
        {"request": one.json()},
        lambda: list(map(access_json, accesses)),
        [subject_text(access.subject) for access in accesses],
        [grant for access in accesses for grant in access.grants],
    )


def _several(asked: _Question, cluster: "Cluster", answers: list[RequestAnswer]) -> _Rows:
    found = held(answers, every=asked.every, expand=cluster if asked.expand else None)
    return _Rows(
        several_table(found, fold=asked.fold),
        {"requests": [one.json() for one in answers]},
        lambda: [each.json() for each in found],
        [subject_text(each.subject) for each in found],
        [grant for each in found for _, access in each.accesses for grant in access.grants],
    )


def _nobody(asked: _Question, cluster: "Cluster", target: Target) -> str:
    """What to try where nobody but system:masters may do it: -A only where that gives another answer."""
    request = placed(target)
    elsewhere = not asked.all_namespaces and target.reaches_namespaces(request)
    if elsewhere and asked.source.filenames:  # of a live cluster only one namespace was read
        named = cluster.authorizer.named_grants(request, anywhere=True)
        elsewhere = bool(named) or len(ask(cluster, replace(request, namespace=""), anywhere=True)) > 1
    tried = "Try -A for every namespace, or to see" if elsewhere else "See"
    name = f"/{request.name}" if request.name else ""
    group = f".{request.group}" if request.group else ""
    word = f"{request.resource}{group}{name}" if request.path is None else request.path
    sub = [("--subresource", request.subresource)] if request.subresource else []
    command = next_step("roles", request.verb, word, options=sub, source=asked.source)
    several = "," in asked.verbs or "," in asked.words
    what = f"{request.verb} {word}" if several else "it"
    return f"No bound role grants {what}. {tried} which roles would: {command}"


class NotedAnswer(NamedTuple):
    """The answer, and what is to be said beside it."""

    answer: Answer
    notes: tuple[str, ...]


def _print(found: NotedAnswer, output: Output) -> None:
    output.answer(found.answer, empty="Nobody can do that.")
    if output.readable:
        for each in found.notes:
            note(each)
