"""`rbacpsp who-can`."""

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import access_json, access_rows, incomplete_json, request_json
from rbacpsp.cli.options import (
    Source,
    all_namespaces_option,
    cluster_of,
    namespace_option,
    open_cluster,
    place,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.target import POLICIES, Target, is_usual, read_target, require_known
from rbacpsp.load.sources import RBAC_KINDS
from rbacpsp.model import Request
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("subject", "scope", "role", "binding", "through", "rules", "controls")
_WIDE = frozenset({"through", "rules", "controls"})


@click.command("who-can", short_help="Show which subjects may do something.")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/NAME]|URL")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@click.option("--expand", is_flag=True, help="Add the service accounts and controllers inside the groups.")
@click.option("--watch", "follow", is_flag=True, help="Answer anew when a role or a binding changes.")
@namespace_option
@all_namespaces_option("In at least one namespace; the scope says where.")
@source_options
@output_options
def who_can(
    *,
    verb: str,
    target: str,
    subresource: str,
    expand: bool,
    follow: bool,
    namespace: str | None,
    all_namespaces: bool,
    source: Source,
    output: Output,
) -> None:
    r"""Show which subjects may do something, and the bindings and roles that let them.

    Subjects are shown as the bindings write them. Members of the group system:masters may do everything
    before RBAC is asked.

    \b
    Examples:
      rbacpsp who-can get pods -f sample_clusters/bootstrap-1.24 -n kube-system
      rbacpsp who-can get pods --subresource log -A -f sample_clusters/bootstrap-1.24
      rbacpsp who-can use psp/100-psp -n default -f sample_clusters/psp-by-example -o wide
      rbacpsp who-can get /healthz -f sample_clusters/bootstrap-1.24 -o json

    The namespace does not matter for resources that live in none. A policy is used in the namespace of
    the pod. With --watch a live cluster is followed until Ctrl-C, and the answer is printed again whenever it
    is another.
    """
    if follow and source.filenames:
        raise click.UsageError("--watch needs a live cluster: leave out -f", click.get_current_context())
    asked = _Asked(
        verb=verb,
        word=target,
        subresource=subresource,
        namespace=place(source, namespace),
        expand=expand,
        all_namespaces=all_namespaces,
    )
    discovery = expand or not is_usual(target)
    if not follow:
        cluster = open_cluster(source, kinds=asked.kinds, namespace=asked.within, discovery=discovery)
        _print(asked, _ask(asked, cluster, output), output)
        return
    from rbacpsp.cli.live import watched

    before: object = None
    for number, objects in enumerate(watched(source, asked.kinds, asked.within, discovery=discovery)):
        cluster = cluster_of(objects, source, kinds=asked.kinds, namespace=asked.within, quiet=number > 0)
        answer = _ask(asked, cluster, output)
        if answer.table.rows != before:
            if number:
                note(f"--- {datetime.now().astimezone():%H:%M:%S} the answer has changed:")
            _print(asked, answer, output)
            sys.stdout.flush()
        before = answer.table.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asks."""

    verb: str
    word: str
    subresource: str
    namespace: str
    expand: bool
    all_namespaces: bool

    @property
    def kinds(self) -> frozenset[str]:
        """All that the answer depends on."""
        return RBAC_KINDS | {"ServiceAccount"} if self.expand else RBAC_KINDS

    @property
    def within(self) -> str | None:
        """The only namespace that the answer depends on."""
        return None if self.all_namespaces or self.expand else self.namespace


def _ask(asked: _Asked, cluster: "Cluster", output: Output) -> Answer:
    found = read_target(
        cluster.catalog, asked.verb, asked.word, subresource=asked.subresource, namespace=asked.namespace
    )
    require_known(cluster.catalog, found, asked.word)
    request = placed(found)
    anywhere = asked.all_namespaces and (found.namespaced or _used_in_namespaces(request))
    if asked.all_namespaces:
        request = replace(request, namespace="")
    answer = cluster.who_can_anywhere(request) if anywhere else cluster.who_can(request)
    for error in answer.errors:
        warn(error)
    accesses = list(answer.expand(cluster.catalog.controllers) if asked.expand else answer)
    data = {
        "request": request_json(request) | ({"allNamespaces": True} if anywhere else {}),
        "items": [] if output.readable else list(map(access_json, accesses)),
        **incomplete_json(answer.incomplete),
    }
    rows = [row for access in accesses for row in access_rows(access)]
    wide = _WIDE - {"through", "controls"} if asked.expand else _WIDE
    names = [subject_text(access.subject) for access in accesses]
    return Answer("WhoCan", Table(_COLUMNS, rows, wide), data, names)


def _print(asked: _Asked, answer: Answer, output: Output) -> None:
    output.answer(answer, empty="Nobody may do that.")
    if output.readable and len(answer.table.rows) == 1:  # system:masters, who need no grant
        note(
            "No role that is bound grants it. Try -A for every namespace, or see which roles would: "
            f"rbacpsp roles {asked.verb} {asked.word}"
        )


def placed(target: Target) -> Request:
    """The request that a client would make: in no namespace when the resource lives in none.

    Two are different: a policy is used in the namespace of the pod, and a request for a namespace by name
    counts as one within it (apiserver/pkg/endpoints/request/requestinfo.go, 1.24).
    """
    request = target.request
    if target.namespaced or _used_in_namespaces(request) or request.path is not None:
        return request
    own = request.name if (request.group, request.resource) == ("", "namespaces") else ""
    return replace(request, namespace=own)


def _used_in_namespaces(request: Request) -> bool:
    return request.verb == "use" and request.resource == POLICIES
