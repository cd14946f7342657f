"""`rbacpsp usage denied`."""

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

    JSON has the role and the binding whole, as kubectl applies them.

    \b
    Examples:
      rbacpsp usage denied sample_clusters/audit-log/log -f sample_clusters/audit-log/cluster.yaml
    """
    cluster, found = open_usage(logs, source, times, user=user, redact=redact)
    rows = [_cells(each) for each in found.denied]
    data: JSONObject = {"window": window_json(found.window), "items": map(_denied_json, found.denied)}
    output.answer(
        UsageAnswer(
            "DeniedRequests",
            Table(_COLUMNS, rows),
            data,
            [each.asked.user for each in found.denied],
            title="What was refused",
            about=found.window.words,
        ),
        empty="No request was refused.",
        cluster=cluster,
        access_only=True,
    )
    note_window(found.window, output)


def _cells(each: "Denied") -> tuple[str, ...]:
    role = each.objects[0]
    place = role["metadata"].get("namespace")
    where = f" in {place}" if place else ""
    return (
        each.asked.user,
        request_text(each.asked.request),
        f"{each.count:,}",
        each.last[:19],
        "allowed" if each.allowed_now else "refused",
        f"{role['kind']} {role['metadata']['name']}{where}",
    )


def _denied_json(each: "Denied") -> JSONObject:
    return {
        **user_json(each.asked.who),
        **request_json(each.asked.request),
        "count": each.count,
        "last": each.last,
        "allowedNow": each.allowed_now,
        "grant": list(each.objects),
    }
