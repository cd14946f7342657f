"""`rbacpsp rules`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.grants import grant_json, rule_json, user_json
from rbacpsp.cli.options import (
    Source,
    namespace_option,
    open_cluster,
    place,
    source_options,
    warn_of_node_authorizer,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import SUBJECT_HELP, binding_text, read_subject, role_text, scope_text
from rbacpsp.load.sources import RBAC_KINDS
from rbacpsp.model.request import MASTERS
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog
    from rbacpsp.rbac import Grant, RuleSet


@click.command("rules", short_help="Show every rule that holds for a subject.", epilog=SUBJECT_HELP)
@click.argument("subject")
@click.option(
    "--expand", is_flag=True, help="Spell wildcards out: one line for each resource, with its verbs."
)
@namespace_option
@source_options
@output_options
def rules(*, subject: str, expand: bool, namespace: str | None, source: Source, output: Output) -> None:
    r"""Show every rule that holds for a subject in a namespace, and the binding that brings it.

    A user or service account has the groups that the server adds. A wildcard is spelled out against what a
    server of the version serves; permissions are counted on stderr.

    \b
    Examples:
      rbacpsp rules alice -f sample_clusters/bootstrap-1.24
      rbacpsp rules ServiceAccount/kube-system:job-controller -n kube-system -f sample_clusters/bootstrap-1.24
      rbacpsp rules system:kube-scheduler --expand -f sample_clusters/bootstrap-1.24
    """
    asked = read_subject(subject)
    namespace = place(source, namespace)
    cluster = open_cluster(source, kinds=RBAC_KINDS, namespace=namespace, discovery=expand)
    found = cluster.rules_for(user_of(asked), namespace)
    warn_of_node_authorizer(found.user.name)
    for error in found.errors:
        warn(error)
    if MASTERS in found.user.groups:
        note("Members of system:masters may do everything before RBAC is asked: no rule says so.")
    answer = _expanded(found, cluster.catalog) if expand else _rules(found)
    output.answer(
        answer,
        empty=f"No rule holds for {subject_text(asked)} in namespace {namespace}. "
        f"See its bindings elsewhere: rbacpsp lookup {subject}",
    )


def _head(found: "RuleSet") -> dict[str, object]:
    return {**user_json(found.user), "namespace": found.namespace, "errors": list(found.errors)}


def _rules(found: "RuleSet") -> Answer:
    rows = [_row(grant) for grant in found.grants]
    items = [
        {"rule": rule_json(held.rule), "grants": [grant_json(grant) for grant in held.grants]}
        for held in found
    ]
    columns = ("groups", "resources", "urls", "names", "verbs", "scope", "role", "binding", "through")
    names = list(dict.fromkeys(role_text(grant.binding.role_ref).lower() for grant in found.grants))
    return Answer(
        "Rules",
        Table(columns, rows, frozenset({"binding", "through"})),
        {**_head(found), "items": items},
        names,
    )


def _row(grant: "Grant") -> tuple[str, ...]:
    rule = grant.rule
    return (
        ",".join(group or '""' for group in rule.api_groups),
        ",".join(rule.resources),
        ",".join(rule.non_resource_urls),
        ",".join(rule.resource_names),
        ",".join(rule.verbs),
        scope_text(grant.scope),
        role_text(grant.binding.role_ref),
        binding_text(grant.binding),
        subject_text(grant.subject, grant.scope),
    )


def _expanded(found: "RuleSet", catalog: "Catalog") -> Answer:
    expansion = found.expand(catalog)
    lines: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for held in expansion:
        group, resource, subresource, verb = held.permission
        combined = f"{resource}/{subresource}" if subresource else resource
        lines.setdefault((group, combined, held.resource_names), []).append(verb)
    rows = [
        (group, resource, ",".join(names), ",".join(verbs))
        for (group, resource, names), verbs in lines.items()
    ]
    items = [{**held.permission._asdict(), "resourceNames": list(held.resource_names)} for held in expansion]
    data = {**_head(found), "count": len(expansion), "items": items}
    names = [f"{row[1]}.{row[0]}".rstrip(".") for row in rows]
    note(f"{len(expansion)} permissions on {len(expansion.counts)} resources; URLs are left aside.")
    return Answer("Permissions", Table(("group", "resource", "names", "verbs"), rows), data, names)
