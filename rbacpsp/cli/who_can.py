"""`rbacpsp who-can`."""

from dataclasses import replace

import click

from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import access_json, access_rows, request_json
from rbacpsp.cli.options import (
    Source,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    place,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import subject_text
from rbacpsp.cli.target import POLICIES, Target, is_usual, read_target, require_known
from rbacpsp.load.sources import RBAC_KINDS
from rbacpsp.model import Request
from rbacpsp.report.answer import Answer, Table

_COLUMNS = ("subject", "scope", "role", "binding", "through", "rules", "controls")
_WIDE = frozenset({"through", "rules", "controls"})


@click.command("who-can", short_help="Show which subjects may do something.")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/NAME]|URL")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@click.option("--expand", is_flag=True, help="Add the service accounts and controllers inside the groups.")
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
    the pod.
    """
    namespace = place(source, namespace)
    cluster = open_cluster(
        source,
        kinds=RBAC_KINDS | {"ServiceAccount"} if expand else RBAC_KINDS,
        namespace=None if all_namespaces or expand else namespace,
        discovery=expand or not is_usual(target),
    )
    found = read_target(cluster.catalog, verb, target, subresource=subresource, namespace=namespace)
    require_known(cluster.catalog, found, target)
    request = placed(found)
    anywhere = all_namespaces and (found.namespaced or _used_in_namespaces(request))
    if all_namespaces:
        request = replace(request, namespace="")
    answer = cluster.who_can_anywhere(request) if anywhere else cluster.who_can(request)
    for error in answer.errors:
        warn(error)
    accesses = list(answer.expand(cluster.catalog.controllers) if expand else answer)
    data = {
        "request": request_json(request) | ({"allNamespaces": True} if anywhere else {}),
        "items": [] if output.readable else list(map(access_json, accesses)),
    }
    rows = [row for access in accesses for row in access_rows(access)]
    wide = _WIDE - {"through", "controls"} if expand else _WIDE
    names = [subject_text(access.subject) for access in accesses]
    output.answer(Answer("WhoCan", Table(_COLUMNS, rows, wide), data, names), empty="Nobody may do that.")
    if output.readable and not any(access.grants for access in accesses):
        note(
            "No role that is bound grants it. Try -A for every namespace, or see which roles would: "
            f"rbacpsp roles {verb} {target}"
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
