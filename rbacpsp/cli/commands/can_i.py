"""`rbacpsp can-i`: check whether a subject can do something, as kubectl auth can-i does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.catalog.placement import alternatives
from rbacpsp.cli.assumption_warning import grant_objects, note_server, version_json
from rbacpsp.cli.command import command
from rbacpsp.cli.decision_text import decision_lines
from rbacpsp.cli.errors import NO, RequestRefusedError, note, warn, warn_of_node_authorizer
from rbacpsp.cli.grants import grant_json, incomplete_json, request_json, user_json
from rbacpsp.cli.named_objects import by_name_text, objects_text, unsent_name_note
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    request_namespace,
    require_user,
    source_options,
    user_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import scope_text
from rbacpsp.cli.subject import hint_at_user
from rbacpsp.cli.target import is_usual, read_target, warn_as_kubectl
from rbacpsp.model import Request, User
from rbacpsp.model.kinds import RBAC_KINDS, WIDE_RBAC_KINDS
from rbacpsp.rbac.escalation import still_refused
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line
from rbacpsp.report.kubectl import can_i_list, harmless_json

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Decision

_ASK_RULES = Request("create", group="authorization.k8s.io", resource="selfsubjectrulesreviews")


@command("can-i", short_help="Check whether a subject can do something.")
@click.argument("words", nargs=-1, metavar="[VERB RESOURCE[/NAME]|URL]")
@click.option("--list", "listing", is_flag=True, help="List everything that is allowed in the namespace.")
@click.option("--why", is_flag=True, help="Show the grants that allow it, or the API server's refusal.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing: the exit code is the answer.")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@namespace_option
@all_namespaces_option("Ask for all namespaces at once, as kubectl does; with --list, show them one by one.")
@user_options
@source_options
@output_options
def can_i(
    *,
    words: tuple[str, ...],
    listing: bool,
    why: bool,
    quiet: bool,
    subresource: str,
    namespace: str | None,
    all_namespaces: bool,
    user: User | None,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Check whether a subject can do something, as kubectl auth can-i does. The exit code is 1 if it cannot.

    \b
    Examples:
      rbacpsp can-i create pods --as system:kube-scheduler -f sample_clusters/bootstrap-1.24
      rbacpsp can-i list secrets --as alice --why -f sample_clusters/bootstrap-1.24
      rbacpsp can-i --list --as alice -n kube-system -f sample_clusters/bootstrap-1.24

    The namespace is sent with every request, as kubectl does; a warning says when the resource is not
    namespaced. Without --as, a live cluster is asked about the logged-in user.
    """
    if listing and words:
        raise click.UsageError("list option must be specified with no arguments", click.get_current_context())
    if listing and (quiet or subresource or why):
        raise click.UsageError(
            "--list can't be combined with --quiet, --subresource or --why",
            click.get_current_context(),
        )
    if not listing and len(words) != 2:
        raise click.UsageError(
            "give a verb and a resource or URL, or --list for everything", click.get_current_context()
        )
    asker = require_user(user, source)
    namespace = request_namespace(source, namespace)
    cluster = open_cluster(
        source,
        kinds=WIDE_RBAC_KINDS if all_namespaces else RBAC_KINDS,
        namespace=None if all_namespaces else namespace,
        discovery=not listing and not is_usual(words[1]),
        say_unread=listing,
    )
    warn_of_node_authorizer(asker.name)
    hint_at_user(cluster, asker, None if user is None else user.name)
    if listing:
        _list(cluster, asker, None if all_namespaces else namespace, output)
        return 0
    target = read_target(
        cluster.catalog,
        words[0],
        words[1],
        subresource=subresource,
        namespace="" if all_namespaces else namespace,
    )
    warn_as_kubectl(cluster.catalog, target, all_namespaces=all_namespaces)
    decision = cluster.authorize(asker, target.request)
    for doubt in decision.incomplete:
        warn(doubt)
    if not quiet:
        _print(cluster, decision, output, why=why)
        for remark in _remarks(cluster, decision, namespace, why=why):
            note(remark)
        if output.readable:
            note_server(cluster, grant_objects(decision.grants), access_only=True)
    return 0 if decision else NO


def _remarks(cluster: "Cluster", decision: "Decision", namespace: str, *, why: bool) -> Iterator[str]:
    """Remarks that kubectl does not make: how the real request differs from the question."""
    request = decision.request
    if decision.privileged:
        return
    if decision and (remark := unsent_name_note(request)):
        yield remark
    if decision and (remark := still_refused(cluster.authorizer, decision.user, request)):
        yield remark
    if not decision and why:
        yield from _similar_roles(cluster, decision, namespace)
        named_grants = cluster.authorizer.named_grants(request, namespace, user=decision.user)
        if remark := by_name_text(request, named_grants, holders=False):
            yield remark
    for alternative in alternatives(request)[1:]:
        if not decision and cluster.authorize(decision.user, alternative):
            signers = objects_text(alternative, [alternative.name])
            yield f"The server allows it anyway: it also requires {signers}."


def _similar_roles(cluster: "Cluster", decision: "Decision", namespace: str) -> Iterator[str]:
    """Remarks on bindings of the user that refer to a missing role, with the roles that may be meant."""
    from rbacpsp.rbac.near import near_roles

    broken_bindings = cluster.authorizer.rules_for(decision.user, namespace).lost
    for binding in broken_bindings:
        for suggestion in near_roles(cluster.objects, binding.role_ref, binding.namespace):
            role = f"{binding.role_ref.kind} {binding.role_ref.name}"
            unread = binding.role_ref.kind in cluster.objects.partly_read
            absence = "is not in these files" if unread else "does not exist"
            yield f"{binding.kind} {binding.name} refers to {role}, which {absence}: {suggestion}."


def _list(cluster: "Cluster", user: User, namespace: str | None, output: Output) -> None:
    """Print the rules of a user in a namespace (None: in every namespace) if the server allows the question.

    Every server lets authenticated users ask, by its ClusterRole system:basic-user. Where that role was not
    loaded, the input is only a part of a cluster, so a refusal proves nothing.
    """
    may_ask = cluster.authorize(user, _ASK_RULES)
    if may_ask.message is not None:
        if "system:basic-user" in cluster.objects.cluster_roles:
            raise RequestRefusedError([may_ask.message])
        note("The server's default roles were not loaded; what they allow everyone is missing below.")
    if namespace is None:
        _list_everywhere(cluster, user, output)
        return
    namespace_rules = cluster.rules_for(user, namespace)
    status = namespace_rules.status()
    if output.tabular:
        output.write(can_i_list(harmless_json(status), headers=output.headers))
        note_server(cluster, grant_objects(namespace_rules.grants), access_only=True)
        return
    rules = can_i_list(harmless_json(status), headers=False).splitlines()
    data = {**user_json(user), "namespace": namespace, "status": status}
    output.answer(
        Answer("Rules", Table(("rule",), [(rule,) for rule in rules]), data, rules),
        empty="Nothing is allowed.",
        cluster=cluster,
        granting=grant_objects(namespace_rules.grants),
        access_only=True,
    )


def _list_everywhere(cluster: "Cluster", user: User, output: Output) -> None:
    """Print the rules of each scope: first of the whole cluster, then of each namespace."""
    rules = cluster.rules_anywhere(user)
    statuses = {scope: scope_rules.status() for scope, scope_rules in rules.scopes.items()}
    if output.tabular:
        for number, (scope, status) in enumerate(statuses.items()):
            title = f"In namespace {scope} also:" if scope else "In every namespace:"
            output.write(f"{chr(10) if number else ''}{line(title)}\n")
            output.write(can_i_list(harmless_json(status), headers=output.headers))
        note_server(cluster, grant_objects(rules.grants), access_only=True)
        return
    rows = [
        (scope_text(scope), rule)
        for scope, status in statuses.items()
        for rule in can_i_list(harmless_json(status), headers=False).splitlines()
    ]
    items = [{"scope": scope_text(scope), "status": status} for scope, status in statuses.items()]
    data = {**user_json(user), "allNamespaces": True, "items": items}
    output.answer(
        Answer("Rules", Table(("scope", "rule"), rows), data, [rule for _, rule in rows]),
        empty="Nothing is allowed.",
        cluster=cluster,
        granting=grant_objects(rules.grants),
        access_only=True,
    )


def _print(cluster: "Cluster", decision: "Decision", output: Output, *, why: bool) -> None:
    word = "yes" if decision else "no"
    reasons = list(decision.reasons) if decision else [decision.message or ""]
    if output.tabular:
        output.write(f"{text_line}\n" for text_line in decision_lines(decision, why=why))
        return
    data = {
        **version_json(cluster),
        **user_json(decision.user),
        **request_json(decision.request),
        "allowed": decision.allowed,
        "reason": decision.reason,
        "message": decision.message,
        "grants": [grant_json(grant) for grant in decision.grants],
        "errors": list(decision.errors),
    } | incomplete_json(decision.incomplete)
    table = Table(("allowed", "reason"), [(word, reason) for reason in reasons])
    output.answer(Answer("CanI", table, data, (word,)), empty=word)
