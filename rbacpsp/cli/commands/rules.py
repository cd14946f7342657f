"""`rbacpsp rules`: show every rule that applies to a subject, and the binding that grants it."""

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from rbacpsp.cli.assumption_warning import grant_objects, partial_source_note
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn, warn_of_node_authorizer
from rbacpsp.cli.grants import rule_json, user_json
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, all_namespaces_option, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.rule_rows import held_grant_json, ineffective_parts, rule_row, rules_table
from rbacpsp.cli.spelling import SUBJECT_HELP, role_text, scope_text
from rbacpsp.cli.subject import parse_subject
from rbacpsp.cli.system_subjects import include_system_option
from rbacpsp.model import Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.request import MASTERS
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Expansion, RuleSet


@command("rules", short_help="Show every rule that applies to a subject.", epilog=SUBJECT_HELP)
@click.argument("subject", required=False)
@click.option("--all-subjects", is_flag=True, help="Show the rules of every subject.")
@click.option("--expand", is_flag=True, help="Expand wildcards: one line for each resource, with its verbs.")
@click.option(
    "-n", "--namespace", metavar="NAME", help="Only what applies in this namespace; by default everything."
)
@all_namespaces_option("Show everything, which is the default: the whole cluster first, then each namespace.")
@include_system_option
@source_options
@output_options
def rules(
    *,
    subject: str | None,
    all_subjects: bool,
    expand: bool,
    namespace: str | None,
    all_namespaces: bool,
    include_system: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show every rule that applies to a subject, and the binding that grants it.

    Cluster-wide rules come first, then the rules of each namespace. A user or service account has the groups
    that the server adds. --expand replaces wildcards by what a server of this version serves, and counts the
    permissions on stderr. Permissions that a RoleBinding cannot grant are marked, or left out with --expand.

    \b
    Examples:
      rbacpsp rules alice -f sample_clusters/bootstrap-1.24
      rbacpsp rules ServiceAccount/kube-system:job-controller -n kube-system -f sample_clusters/bootstrap-1.24
      rbacpsp rules system:kube-scheduler --expand -f sample_clusters/bootstrap-1.24
      rbacpsp rules --all-subjects -n prod -f sample_clusters/acme
    """
    if all_subjects == (subject is not None):
        raise click.UsageError("give either a SUBJECT or --all-subjects", click.get_current_context())
    if all_subjects and expand:
        raise click.UsageError("--expand is for one SUBJECT", click.get_current_context())
    only_namespace = None if all_namespaces else namespace or None
    cluster = open_cluster(source, kinds=RBAC_KINDS, namespace=only_namespace, discovery=expand)
    if subject is None:
        from rbacpsp.cli.rules_of_all import all_rules

        system = include_system or not output.folds
        result = all_rules(cluster, only_namespace, system=system, documented=not output.readable)
        empty = f"No binding names anybody{_scope_words(only_namespace)}.{partial_source_note(cluster)}"
        output.answer(
            result.answer,
            empty=empty,
            cluster=cluster,
            granting=grant_objects(result.grants),
            access_only=True,
        )
        return
    shown_subject = parse_subject(cluster, subject)
    user = user_of(shown_subject)
    rule_set = (
        cluster.rules_anywhere(user) if only_namespace is None else cluster.rules_for(user, only_namespace)
    )
    warn_of_node_authorizer(rule_set.user.name)
    for error in rule_set.errors:
        warn(error)
    if MASTERS in rule_set.user.groups:
        note("Members of system:masters can do everything, without any rule: RBAC is not consulted for them.")
    answer = (
        _expanded_answer(rule_set, cluster.catalog, everywhere=only_namespace is None)
        if expand
        else _rules_answer(rule_set, cluster.catalog)
    )
    elsewhere_hint = _elsewhere_hint(cluster, shown_subject, source, only_namespace)
    output.answer(
        _with_all_namespaces(answer) if only_namespace is None else answer,
        empty="No rule applies to "
        f"{subject_text(shown_subject)}{_scope_words(only_namespace)}.{elsewhere_hint}"
        f"{partial_source_note(cluster)}",
        cluster=cluster,
        granting=grant_objects(rule_set.grants),
        access_only=True,
    )


def _scope_words(namespace: str | None) -> str:
    return " in any namespace" if namespace is None else f" in namespace {namespace}"


def _elsewhere_hint(
    cluster: "Cluster", subject: Subject, source: SourceOptions, namespace: str | None
) -> str:
    """A hint to look in other namespaces; empty if the subject has no rules there either."""
    if namespace is None or not cluster.rules_anywhere(user_of(subject)).grants:
        return ""
    return f" To see what it may do elsewhere: {next_step('rules', subject_text(subject), source=source)}"


def _with_all_namespaces(answer: Answer) -> Answer:
    return replace(answer, data={**answer.data, "allNamespaces": True})


def _head_json(rule_set: "RuleSet") -> dict[str, object]:
    return {**user_json(rule_set.user), "namespace": rule_set.namespace, "errors": list(rule_set.errors)}


def _rules_answer(rule_set: "RuleSet", catalog: "Catalog") -> Answer:
    no_effect = {grant: ineffective_parts(grant, catalog) for grant in rule_set.grants if grant.scope}
    rows = [rule_row(grant, no_effect.get(grant, ())) for grant in rule_set.grants]
    items = [
        {
            "rule": rule_json(held_rule.rule),
            "grants": [held_grant_json(grant, no_effect.get(grant, ())) for grant in held_rule.grants],
        }
        for held_rule in rule_set
    ]
    if any(no_effect.values()):
        reason = "only ClusterRoleBindings can grant cluster-wide resources and URLs"
        note(f"A RoleBinding does not grant what is listed under NO EFFECT: {reason}.")
    names = list(dict.fromkeys(role_text(grant.binding.role_ref).lower() for grant in rule_set.grants))
    return Answer("Rules", rules_table(rows), {**_head_json(rule_set), "items": items}, names)


def _matchable(expansion: "Expansion", catalog: "Catalog") -> "Expansion":
    """The permissions that a request can match as they are spelled."""
    from rbacpsp.catalog.slips import Spelling
    from rbacpsp.model import PolicyRule
    from rbacpsp.rbac import Expansion

    spelling = Spelling(catalog)
    matchable = []
    for held in expansion:
        group, resource, subresource, verb = held.permission
        rule = PolicyRule((verb,), (group,), (f"{resource}/{subresource}" if subresource else resource,))
        served = verb in catalog.verbs(group, rule.resources[0])
        if served or not spelling.is_dead(rule, spelling.slips(rule)):
            matchable.append(held)
    return Expansion(matchable)


def _expanded_answer(rule_set: "RuleSet", catalog: "Catalog", *, everywhere: bool) -> Answer:
    lines: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    items: list[JSONObject] = []
    resources: set[tuple[str, ...]] = set()
    left_out = 0
    for scope, scope_rules in (rule_set.scopes if everywhere else {"": rule_set}).items():
        spelled = scope_rules.expand(catalog)
        expansion = _matchable(spelled, catalog)
        left_out += len(spelled) - len(expansion)
        scope_field = {"scope": scope} if scope else {}
        for held in expansion:
            group, resource, subresource, verb = held.permission
            resources.add(held.permission[:3])
            combined = f"{resource}/{subresource}" if subresource else resource
            lines.setdefault((scope, group, combined, held.resource_names), []).append(verb)
            items.append(
                {
                    **held.permission._asdict(),
                    "resourceNames": list(held.resource_names),
                    **scope_field,
                }
            )
    rows = [
        (group, resource, ",".join(names), ",".join(verbs), *([scope_text(scope)] if everywhere else []))
        for (scope, group, resource, names), verbs in lines.items()
    ]
    columns = ("group", "resource", "names", "verbs", *(["scope"] if everywhere else []))
    data = {**_head_json(rule_set), "count": len(items), "items": items}
    names = list(dict.fromkeys(f"{row[1]}.{row[0]}".rstrip(".") for row in rows))
    note(f"{len(items)} permissions on {len(resources)} resources; URLs are not counted.")
    if left_out:
        note(f"{left_out} permissions match no request as spelled and are left out: see audit rule RBP140.")
    return Answer("Permissions", Table(columns, rows), data, names)
