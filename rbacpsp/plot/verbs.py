"""Draws subjects by verbs of a resource, and by risky permissions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rbacpsp.catalog.bootstrap_objects import of_any_version
from rbacpsp.model import Request
from rbacpsp.model.argument_types import said
from rbacpsp.model.name_mapping import unknown
from rbacpsp.model.request import MASTERS
from rbacpsp.model.subjects import subject_text
from rbacpsp.plot.axes import NO, SCALE, Cells, Shade, draw_cells
from rbacpsp.plot.source import Plotted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rbacpsp.rbac import WhoCan

STANDARD = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
SOME, EVERY = 1, 2
_WIDE = (
    Shade(NO, "no"),
    Shade(SCALE[1], "in some namespaces"),
    Shade(SCALE[3], "in the whole cluster"),
)
_LOCAL = (Shade(NO, "no"), Shade(SCALE[1], "by the namespace"), Shade(SCALE[3], "by the whole cluster"))

RISKY: Mapping[str, Request] = {
    "everything": Request("*", group="*", resource="*"),
    "get secrets": Request("get", resource="secrets"),
    "create pods": Request("create", resource="pods"),
    "exec in pods": Request("create", resource="pods", subresource="exec"),
    "create workloads": Request("create", group="apps", resource="deployments"),
    "create tokens": Request("create", resource="serviceaccounts", subresource="token"),
    "impersonate users": Request("impersonate", resource="users"),
    "bind roles": Request("bind", group="rbac.authorization.k8s.io", resource="clusterroles"),
    "escalate roles": Request("escalate", group="rbac.authorization.k8s.io", resource="clusterroles"),
    "proxy to nodes": Request("get", resource="nodes", subresource="proxy"),
    "label namespaces": Request("patch", resource="namespaces"),
    "approve certificates": Request(
        "update", group="certificates.k8s.io", resource="certificatesigningrequests", subresource="approval"
    ),
}
"""Permissions that let their holder become another user, read secrets or escape from a container."""


def verbs(
    cluster: Plotted,
    resource: str,
    namespace: str | None,
    *,
    include_system: bool,
    limit: int,
    ax: "Axes | None",
) -> "Axes":
    """Subjects by the verbs of a resource."""
    request_for_resource = _resource(cluster, resource)
    if namespace is not None:
        _require_namespace(cluster, namespace)
    served = cluster.catalog.verbs(request_for_resource.group, request_for_resource.combined_resource)
    columns = [verb for verb in STANDARD if verb in served] + sorted(set(served) - set(STANDARD))
    columns = columns or list(STANDARD)
    requests = {
        verb: Request(
            verb,
            group=request_for_resource.group,
            resource=request_for_resource.resource,
            subresource=request_for_resource.subresource,
            namespace=namespace or "",
        )
        for verb in columns
    }
    widths_of = _access_widths(cluster, requests, everywhere=namespace is None, include_system=include_system)
    namespace_words = f" in {namespace}" if namespace else ""
    if not widths_of:
        raise ValueError(
            f"nobody but {MASTERS} and Kubernetes' own components may do anything with "
            f"{resource}{namespace_words}: there is nothing to plot"
        )
    cells = _cells(widths_of, columns, limit, _LOCAL if namespace else _WIDE)
    return draw_cells(
        cells, ax, title=f"Who may do what with {resource}{namespace_words}", down="subject", across="verb"
    )


def risky_verbs(cluster: Plotted, *, include_system: bool, limit: int, ax: "Axes | None") -> "Axes":
    """Subjects by risky permissions."""
    widths_of = _access_widths(cluster, RISKY, everywhere=True, include_system=include_system)
    if not widths_of:
        raise ValueError(
            f"nobody but {MASTERS} and Kubernetes' own components holds a risky permission: "
            "there is nothing to plot"
        )
    cells = _cells(widths_of, list(RISKY), limit, _WIDE)
    return draw_cells(cells, ax, title="Who holds risky permissions", down="subject", across="permission")


def _resource(cluster: Plotted, text: str) -> Request:
    """The resource that a text names: `pods`, `deployments.apps` or `pods/log`.

    Raises:
        ValueError: The server has no such resource; the message names similar ones.
    """
    name, _, sub = text.partition("/")
    if not name or " " in text:
        raise ValueError(
            f"{said(text)} names no resource: write one such as pods, deployments.apps or pods/log"
        )
    return cluster.request(f"get {name}{f' --subresource {sub}' if sub else ''}")


def _require_namespace(cluster: Plotted, namespace: str) -> None:
    namespaces = cluster.namespaces
    if namespaces and namespace not in namespaces:
        raise ValueError(unknown("namespace", namespace, namespaces))


def _access_widths(
    cluster: Plotted, requests: Mapping[str, Request], *, everywhere: bool, include_system: bool
) -> dict[str, dict[str, int]]:
    """How widely each subject holds each column's permission, without `system:masters`, which holds all."""
    widths_of: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for column, request in requests.items():
        answer: WhoCan = cluster.who_can_anywhere(request) if everywhere else cluster.who_can(request)
        for access in answer:
            for grant in access.grants:
                if include_system or not of_any_version().subject(grant.binding, grant.subject):
                    subject_words = subject_text(access.subject, grant.scope)
                    wide = SOME if grant.scope else EVERY
                    widths_of[subject_words][column] = max(wide, widths_of[subject_words].get(column, 0))
    return widths_of


def _cells(
    widths_of: Mapping[str, Mapping[str, int]], columns: Sequence[str], limit: int, shades: Sequence[Shade]
) -> Cells:
    """The cells; subjects with most permissions come first, and the title counts the omitted ones."""
    order = sorted(
        widths_of, key=lambda subject_words: (-sum(widths_of[subject_words].values()), subject_words)
    )
    rows = order[: max(limit, 1)]
    values = [[widths_of[subject_words].get(column, 0) for column in columns] for subject_words in rows]
    return Cells(rows, columns, values, shades).counted(len(order) - len(rows))
