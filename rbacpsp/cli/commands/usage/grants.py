"""`rbacpsp usage grants`, and `rbacpsp usage` without the name of a command."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note
from rbacpsp.cli.grant_output import request_text
from rbacpsp.cli.grants import object_json, request_json, rule_json, subject_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.cli.usage_options import (
    log_options,
    note_window,
    object_name,
    open_usage,
    redact_option,
    require_known_user,
    user_option,
    window_json,
)
from rbacpsp.cli.usage_output import FORMATS, UsageAnswer
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.mending import rule_text
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.auditlog.rows import UsageRow
    from rbacpsp.auditlog.usage import Usage

_COLUMNS = ("subject", "scope", "binding", "role", "rule", "used", "alone", "last", "allows", "requests")
_WIDE = frozenset({"binding", "alone", "requests"})
_COMPONENTS = ("system:kube-", "system:node:", "system:apiserver", "system:serviceaccount:kube-system:")
_SHOWN = 50
"""The greatest number of distinct requests of a grant in machine formats."""


@command("grants", short_help='Show how each grant was used; plain "usage" does the same.')
@log_options
@user_option
@click.option("--all", "everything", is_flag=True, help="Also show grants that Kubernetes itself creates.")
@redact_option
@source_options
@output_options(formats=FORMATS)
def grants(
    *,
    logs: tuple[str, ...],
    times: tuple[str, str],
    user: str,
    everything: bool,
    redact: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show how often and when each rule that a binding gives to a subject allowed a request.

    A request counts for every grant that allows it; "alone" counts the requests that no other grant allowed.
    The authorization counts, not the final status: requests with status 404, 409 or 422, or 403 by admission,
    were allowed. A request with impersonation counts as a request of the impersonated user, and as a request
    to impersonate.

    \b
    Examples:
      rbacpsp usage grants sample_clusters/audit-log/log -f sample_clusters/audit-log/cluster.yaml
      rbacpsp usage grants sample_clusters/audit-log/log --serviceaccount shop:web \
          -f sample_clusters/audit-log/cluster.yaml -o json
    """
    cluster, log_usage = open_usage(logs, source, times, user=user, redact=redact)
    require_known_user(cluster, log_usage)
    rows = tuple(log_usage.rows_of(include_system=everything))
    table = Table(_COLUMNS, [_cells(row) for row in rows], _WIDE)
    names = [object_name(row.binding) for row in rows if row.used]
    data: JSONObject = {"window": window_json(log_usage.window), "items": map(_row_json, rows)}
    output.answer(
        UsageAnswer("Usage", table, data, names, title="Use of grants", about=log_usage.window.words),
        empty="All grants are Kubernetes' own: --all shows them.",
        cluster=cluster,
        access_only=True,
    )
    note_window(log_usage.window, output)
    if output.readable and not everything:
        _note_folded(log_usage)


def _cells(row: "UsageRow") -> tuple[str, ...]:
    namespace = row.binding.metadata.namespace
    return (
        subject_text(row.subject, namespace),
        scope_text(namespace),
        binding_text(row.binding),
        role_text(row.binding.role_ref),
        str(row.rule_index),
        f"{row.count:,}",
        f"{row.alone:,}",
        row.last[:19] or "never seen",
        rule_text(row.rule),
        "; ".join(f"{request_text(seen.request)} ({count:,})" for seen, count in row.requests[:3]),
    )


def _row_json(row: "UsageRow") -> JSONObject:
    omitted = len(row.requests) - _SHOWN
    return {
        "subject": subject_json(row.subject),
        "binding": object_json(row.binding),
        "role": object_json(row.role),
        "ruleIndex": row.rule_index,
        "rule": rule_json(row.rule),
        "used": row.used,
        "last": row.last or None,
        "count": row.count,
        "alone": row.alone,
        "requests": [
            {"user": seen.user, **request_json(seen.request), "count": count}
            for seen, count in row.requests[:_SHOWN]
        ],
        **({"moreRequests": omitted} if omitted > 0 else {}),
    }


def _note_folded(log_usage: "Usage") -> None:
    folded = sum(
        tally.count
        for request, tally in log_usage.requests.allowed.items()
        if request.user.startswith(_COMPONENTS)
    )
    if folded:
        note(
            f"{folded:,} requests of Kubernetes' own components, such as leader election and nodes, are "
            "left out: --all shows the grants that allow them."
        )
