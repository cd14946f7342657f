"""`rbacpsp usage denied`: show which requests were refused, and the smallest grant for each."""

from typing import TYPE_CHECKING

from rbacpsp.cli.command import command
from rbacpsp.cli.grant_output import request_text
from rbacpsp.cli.grants import request_json, user_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.usage_options import (
    log_options,
    note_window,
    open_usage,
    redact_option,
    require_known_user,
    user_option,
    window_json,
)
from rbacpsp.cli.usage_output import FORMATS, UsageAnswer
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.auditlog.usage import Denied

_COLUMNS = ("user", "request", "count", "last", "now", "ended by")


@command("denied", short_help="Show what was refused, and the grant that would allow it.")
@log_options
@user_option
@redact_option
@source_options
@output_options(formats=FORMATS)
def denied(
    *,
    logs: tuple[str, ...],
    times: tuple[str, str],
    user: str,
    redact: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show which requests were refused, how often, and the smallest role and binding that would allow each.

    JSON has the complete role and binding for kubectl apply.

    \b
    Examples:
      rbacpsp usage denied sample_clusters/audit-log/log -f sample_clusters/audit-log/cluster.yaml
    """
    cluster, log_usage = open_usage(logs, source, times, user=user, redact=redact)
    require_known_user(cluster, log_usage)
    rows = [_cells(denied_request) for denied_request in log_usage.denied]
    data: JSONObject = {"window": window_json(log_usage.window), "items": map(_denied_json, log_usage.denied)}
    output.answer(
        UsageAnswer(
            "DeniedRequests",
            Table(_COLUMNS, rows),
            data,
            [denied_request.asked.user for denied_request in log_usage.denied],
            title="What was refused",
            about=log_usage.window.words,
        ),
        empty="No request was refused.",
        cluster=cluster,
        access_only=True,
    )
    note_window(log_usage.window, output)


def _cells(denied_request: "Denied") -> tuple[str, ...]:
    role = denied_request.objects[0]
    namespace = role["metadata"].get("namespace")
    scope = f" in {namespace}" if namespace else ""
    return (
        denied_request.asked.user,
        request_text(denied_request.asked.request),
        f"{denied_request.count:,}",
        denied_request.last[:19],
        "allowed" if denied_request.allowed_now else "refused",
        f"{role['kind']} {role['metadata']['name']}{scope}",
    )


def _denied_json(denied_request: "Denied") -> JSONObject:
    return {
        **user_json(denied_request.asked.who),
        **request_json(denied_request.asked.request),
        "count": denied_request.count,
        "last": denied_request.last,
        "allowedNow": denied_request.allowed_now,
        "grant": list(denied_request.objects),
    }
