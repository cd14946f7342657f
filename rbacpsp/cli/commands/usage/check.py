"""`rbacpsp usage check`: show which recorded allowed requests a change would refuse."""

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.grant_output import request_text
from rbacpsp.cli.grants import request_json, user_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.usage_options import log_options, note_window, open_usage
from rbacpsp.cli.what_if import apply_what_if, read_added
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.auditlog.usage import Broken


@command("check", short_help="Show which recorded requests a change would refuse.")
@click.argument("change", metavar="CHANGE", type=click.Path())
@log_options
@source_options
@output_options
def check(
    *, change: str, logs: tuple[str, ...], times: tuple[str, str], source: SourceOptions, output: Output
) -> int:
    r"""Show which recorded allowed requests a change would refuse; exit 1 if there is any.

    CHANGE is a file or folder of manifests, which replace or add objects as --with does. --with and --without
    are part of the change as well.

    \b
    Examples:
      rbacpsp usage check sample_clusters/audit-log/change.yaml sample_clusters/audit-log/log \
          -f sample_clusters/audit-log/cluster.yaml
    """
    if change == "-" and "-" in (*logs, *source.filenames):
        raise click.UsageError("standard input can be read only once", click.get_current_context())
    with_change = replace(source, added=(change, *source.added))
    before = replace(source, added=(), removed=())
    added = read_added(with_change, None)
    if not source.removed and all(obj.kind not in RBAC_KINDS for obj in added or ()):
        warn(f"{change}: there is no role and no binding in it, so it changes no access")
    cluster, log_usage = open_usage(logs, before, times, changed=added)
    after = apply_what_if(cluster, with_change)
    result = log_usage.check(after.authorizer.authorize)
    if not result.requests:
        raise InputError(
            ["this cluster allows no request that was recorded as allowed: is it the one that wrote the log?"]
        )
    rows = [
        (broken.asked.user, request_text(broken.asked.request), f"{broken.count:,}", broken.last[:19])
        for broken in result.broken
    ]
    names = [broken.asked.user for broken in result.broken]
    data: JSONObject = {
        "requests": result.requests,
        "broken": [_broken_json(broken) for broken in result.broken],
    }
    output.answer(
        Answer("UsageCheck", Table(("user", "request", "count", "last"), rows), data, names),
        empty=f"All {result.requests:,} distinct requests that were allowed stay allowed.",
        cluster=after,
        access_only=True,
    )
    note_window(log_usage.window, output)
    if result.broken and output.readable:
        note(
            f"{len(result.broken):,} of {result.requests:,} distinct requests that were allowed would be "
            "refused."
        )
    return 0 if result else NO


def _broken_json(broken: "Broken") -> JSONObject:
    return {**user_json(broken.asked.who), **request_json(broken.asked.request), "count": broken.count}
