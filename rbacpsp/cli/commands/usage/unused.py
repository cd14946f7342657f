"""`rbacpsp usage unused`: show what can be removed without refusing any recorded allowed request."""

from typing import TYPE_CHECKING

import click

from rbacpsp.auditlog.observable import partly_unobserved
from rbacpsp.auditlog.removable import NOT_OBSERVABLE, WAYS
from rbacpsp.auditlog.window import MIN_DAYS
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import object_json, subject_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.cli.system_subjects import include_system_option
from rbacpsp.cli.usage_options import (
    log_options,
    note_window,
    object_name,
    open_usage,
    redact_option,
    window_json,
)
from rbacpsp.cli.usage_output import FORMATS, UsageAnswer
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.mending import rule_text
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.auditlog.removable import By, Item
    from rbacpsp.auditlog.usage import Usage
    from rbacpsp.cluster import Cluster

_COLUMNS = ("what", "scope", "status", "together", "severity", "paths", "grants", "but")
_WIDE = frozenset({"paths", "but"})


@command("unused", short_help="Show what can be removed without refusing a recorded request.")
@log_options
@click.option(
    "--by",
    type=click.Choice(WAYS),
    default="binding",
    show_default=True,
    help="The parts to examine: bindings, their subjects, rules, or single words of rules.",
)
@click.option(
    "--min-days",
    type=float,
    default=MIN_DAYS,
    show_default=True,
    metavar="N",
    help='With fewer days of log than this, an item is "not seen" instead of "removable".',
)
@include_system_option
@redact_option
@source_options
@output_options(formats=FORMATS)
def unused(
    *,
    logs: tuple[str, ...],
    times: tuple[str, str],
    by: "By",
    min_days: float,
    include_system: bool,
    redact: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show what can be removed without refusing any recorded allowed request.

    An item is removable if every recorded allowed request stays allowed without this one item. "together"
    marks a largest set of items that can be removed at once. If two bindings allow the same, each of them is
    removable, but only one of them is in the set. The most dangerous items come first, by the severity of
    their audit findings.

    Permissions that leave no event (use, bind, escalate, approve, sign, attest, and direct requests to
    kubelets) are "not observable". The rules of aggregated ClusterRoles are examined in the roles that they
    are aggregated from.

    \b
    Examples:
      rbacpsp usage unused sample_clusters/audit-log/log --min-days 0 \
          -f sample_clusters/audit-log/cluster.yaml
      rbacpsp usage unused sample_clusters/audit-log/log --by verb -f sample_clusters/audit-log/cluster.yaml
    """
    cluster, log_usage = open_usage(logs, source, times, redact=redact)
    try:
        result = log_usage.unused_by(by, min_days=min_days, include_system=include_system)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--min-days") from None
    together = {item.key for item in result.together}
    rows = [_cells(item, log_usage, cluster, item.key in together) for item in result.items]
    table = Table(_COLUMNS, rows, _WIDE)
    data: JSONObject = {
        "window": window_json(log_usage.window),
        "items": [_item_json(item) for item in result.items],
        "together": [_item_json(item) for item in result.together],
        "details": [_details_json(item, log_usage, cluster) for item in result.items],
    }
    output.answer(
        UsageAnswer(
            "UnusedGrants",
            table,
            data,
            list(map(_name, result.items)),
            title="What was not used",
            about=log_usage.window.words,
        ),
        empty="Every grant is needed by a recorded request: nothing can be removed.",
        cluster=cluster,
        access_only=True,
    )
    note_window(log_usage.window, output)
    if output.readable:
        for use, tally in sorted(
            log_usage.policies.items(), key=lambda use_and_tally: use_and_tally[0].policy
        ):
            note(
                f"PodSecurityPolicy {use.policy} admitted {tally.count:,} pods of {use.user}: its use is "
                "needed."
            )
        window = log_usage.window
        if window.days >= min_days > window.days - window.silent_days:
            warn(
                f"only {window.days - window.silent_days:.1f} of {window.days:.1f} days of log have events: "
                "what is called removable may have been used in the gaps"
            )
        if window.days < min_days:
            note(
                f"{window.days:.1f} days of log are fewer than {min_days:g}: rarer requests may be "
                "missing, so nothing is called removable. A lower --min-days accepts this log."
            )


def _cells(item: "Item", log_usage: "Usage", cluster: "Cluster", together: bool) -> tuple[str, ...]:
    severity = log_usage.risk.severity(item)
    paths = log_usage.risk.paths(item)
    return (
        _item_words(item),
        scope_text(item.binding.metadata.namespace if item.binding else _namespace(item)),
        item.status,
        "yes" if together else "" if item.status == NOT_OBSERVABLE else "no",
        severity or "",
        str(paths) if paths else "",
        _granted(item),
        " ".join(_cautions(item, cluster)),
    )


def _name(item: "Item") -> str:
    """The name of the binding as `--without` takes it; for a role or a part of it, the name of the role."""
    obj = item.binding or item.role
    return object_name(obj) if obj is not None else ""


def _namespace(item: "Item") -> str:
    return item.role.metadata.namespace if item.role else ""


def _item_words(item: "Item") -> str:
    if item.binding is not None:
        bound = binding_text(item.binding)
        return (
            f"{subject_text(item.subject, item.binding.metadata.namespace)} of {bound}"
            if item.subject
            else bound
        )
    role = f"{item.role.kind}/{item.role.name}" if item.role else ""
    rule_words = f"rule {item.rule_index} of {role}"
    return rule_words if item.what == "rule" else f"{item.what} {item.word} of {rule_words}"


def _granted(item: "Item") -> str:
    if item.binding is not None:
        return role_text(item.binding.role_ref)
    return rule_text(item.role.rules[item.rule_index]) if item.role else ""


def _cautions(item: "Item", cluster: "Cluster") -> tuple[str, ...]:
    """Reasons to be careful before the item is removed."""
    if item.status == NOT_OBSERVABLE:
        return ()
    if item.binding is not None:
        return tuple(partly_unobserved(cluster.authorizer.referred(item.binding).rules))
    return tuple(partly_unobserved([item.role.rules[item.rule_index]])) if item.role else ()


def _item_json(item: "Item") -> JSONObject:
    document: JSONObject = {"what": item.what}
    if item.binding is not None:
        document["binding"] = _without_assumed(object_json(item.binding))
    if item.subject is not None:
        document["subject"] = subject_json(item.subject)
    if item.role is not None:
        document |= {"role": _without_assumed(object_json(item.role)), "ruleIndex": item.rule_index}
        if item.what != "rule":
            document[item.what] = item.word
    return {**document, "status": item.status}


def _without_assumed(fields: JSONObject) -> JSONObject:
    return {key: value for key, value in fields.items() if key != "assumed"}


def _details_json(item: "Item", log_usage: "Usage", cluster: "Cluster") -> JSONObject:
    """More facts about an item; the details are in the order of the items."""
    severity = log_usage.risk.severity(item)
    return {
        "item": _item_words(item),
        "severity": severity.value if severity else None,
        "paths": log_usage.risk.paths(item),
        "grants": _granted(item),
        "but": list(_cautions(item, cluster)),
    }
