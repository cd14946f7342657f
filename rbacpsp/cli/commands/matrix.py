"""`rbacpsp matrix`: show which verbs each subject may use on a resource, or one subject on every resource."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from rbacpsp.catalog.placement import alternatives, as_sent
from rbacpsp.cli.assumption_warning import grant_objects, partial_source_note
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.named_objects import by_name_json, by_name_member, by_name_text, unsent_name_note
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    request_namespace,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import SUBJECT_HELP, scope_text
from rbacpsp.cli.subject import parse_subject
from rbacpsp.cli.system_subjects import include_system_option, is_system_subject, omitted_line
from rbacpsp.cli.target import is_usual, namespace_named, read_target, request_as_sent, require_known
from rbacpsp.model import Request, Subject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.catalog import Resource
    from rbacpsp.cluster import Cluster
    from rbacpsp.rbac import Grant

STANDARD = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
YES, NO, NOT_SERVED = "yes", "no", "n/a"
_MASTERS = "Group/system:masters"


@command("matrix", short_help="Show who can do what, as a table of verbs.", epilog=SUBJECT_HELP)
@click.argument("resource", required=False)
@click.option("--subject", metavar="SUBJECT", help="Show this subject's verbs on every resource instead.")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@click.option(
    "--verbs",
    metavar="VERB,...",
    help="The verbs to show as columns; by default those that the resource supports.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="With --subject: also show resources on which nothing is allowed.",
)
@namespace_option
@all_namespaces_option(
    "Show a row for each namespace in which something is granted, after the whole cluster."
)
@include_system_option
@source_options
@output_options
def matrix(
    *,
    resource: str | None,
    subject: str | None,
    subresource: str,
    verbs: str | None,
    everything: bool,
    namespace: str | None,
    all_namespaces: bool,
    include_system: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show which verbs each subject may use on a resource, or one subject on every resource.

    A cell is yes, no, or n/a if the server does not serve the verb for the resource. Subjects are shown as
    the bindings spell them; the permissions of a group are on the group's row. Grants for some names only are
    listed below the table.

    \b
    Examples:
      rbacpsp matrix secrets -n kube-system -f sample_clusters/bootstrap-1.24
      rbacpsp matrix pods --verbs get,list,create -f sample_clusters/bootstrap-1.24
      rbacpsp matrix --subject system:kube-scheduler -f sample_clusters/bootstrap-1.24
    """
    if (resource is None) == (subject is None):
        raise click.UsageError("give either a RESOURCE or --subject SUBJECT", click.get_current_context())
    verb_list = tuple(verb for verb in (verbs or "").split(",") if verb)
    current_namespace = "" if all_namespaces else request_namespace(source, namespace)
    only_namespace = None if all_namespaces else namespace_named(resource or "") or current_namespace
    # The verbs of a subresource may depend on the release; those of a usual resource do not.
    discovery = resource is None or bool(subresource) or not is_usual(resource)
    cluster = open_cluster(source, kinds=RBAC_KINDS, namespace=only_namespace, discovery=discovery)
    system = include_system or not output.folds
    if resource is not None:
        result = _subjects_matrix(
            cluster, resource, subresource, verb_list, only_namespace and current_namespace, system=system
        )
        empty = f"Nobody can do any of that.{partial_source_note(cluster)}"
    else:
        shown_subject = parse_subject(cluster, subject or "")
        result = _resources_matrix(
            cluster, shown_subject, verb_list or STANDARD, only_namespace, everything=everything
        )
        scope = "any namespace" if only_namespace is None else f"namespace {current_namespace}"
        nothing = f"{subject} may not use any resource in {scope}"
        empty = f"{nothing}, except some objects by name." if result.notes else f"{nothing}; see --all."
        empty += partial_source_note(cluster)
    output.answer(
        result.answer, empty=empty, cluster=cluster, granting=grant_objects(result.grants), access_only=True
    )
    if output.readable:
        for text in result.notes:
            note(text)


class _NotedAnswer(NamedTuple):
    """The answer with its notes."""

    answer: Answer
    notes: tuple[str, ...]
    grants: "tuple[Grant, ...]"
    """The grants that the answer depends on."""


def _subjects_matrix(
    cluster: "Cluster",
    resource: str,
    subresource: str,
    verbs: tuple[str, ...],
    namespace: str | None,
    *,
    system: bool,
) -> _NotedAnswer:
    target = read_target(cluster.catalog, "get", resource, subresource=subresource, namespace=namespace or "")
    if target.request.path is not None:
        raise click.UsageError("a matrix needs a resource, not a URL", click.get_current_context())
    require_known(cluster.catalog, target, resource)
    served = cluster.catalog.verbs(target.request.group, target.request.combined_resource)
    columns = verbs or _ordered(served) or STANDARD
    cells = _Cells(columns, served, by_scope=namespace is None)
    cells.add(_MASTERS, "", columns)
    hidden_system: set[str] = set()
    verbs_of_note: dict[str, list[str]] = {}
    by_name = []
    grants: list[Grant] = []
    for verb in columns:
        request = request_as_sent(replace(target, request=replace(target.request, verb=verb)))
        ask = cluster.who_can_anywhere if namespace is None else cluster.who_can
        answer = reduce(or_, map(ask, alternatives(request)))
        for access in answer:
            for grant in access.grants:
                subject_name = subject_text(access.subject, grant.scope or namespace or "")
                if system or not is_system_subject(grant.binding, grant.subject):
                    grants.append(grant)
                    cells.add(subject_name, grant.scope, (verb,))
                else:
                    hidden_system.add(subject_name)
        named_grants = cluster.authorizer.named_grants(request, namespace or "", anywhere=namespace is None)
        by_name += [{"verb": verb, **entry} for entry in by_name_json(named_grants)]
        notes = [by_name_text(request, named_grants, holders=True)]
        if any(grant.rule.resource_names for access in answer for grant in access.grants):
            notes.append(unsent_name_note(request))
        for text in filter(None, notes):
            verbs_of_note.setdefault(text, []).append(verb)
        for error in answer.errors if verb == columns[0] else ():
            warn(error)
    head = {"resource": target.request.combined_resource, **by_name_member(by_name)}
    last = omitted_line(len(hidden_system - cells.names))
    return _NotedAnswer(cells.answer("subject", head, last), _notes(verbs_of_note), tuple(grants))


def _notes(verbs_of_note: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Each sentence once, after the verbs that it applies to."""
    return tuple(f"{','.join(dict.fromkeys(verbs))}: {sentence}" for sentence, verbs in verbs_of_note.items())


def _resources_matrix(
    cluster: "Cluster", subject: Subject, verbs: tuple[str, ...], namespace: str | None, *, everything: bool
) -> _NotedAnswer:
    user = user_of(subject)
    cells = _Cells(verbs, None, by_scope=namespace is None)
    verbs_by_name: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    grants: list[Grant] = []
    seen = set()
    scopes = ("", *cluster.authorizer.namespaces_of(user)) if namespace is None else (namespace,)
    for resource in cluster.catalog.resources:
        if resource.qualified in seen:
            continue
        seen.add(resource.qualified)
        served = cluster.catalog.verbs(resource.group, resource.combined)
        for scope in scopes if namespace is None and resource.namespaced else scopes[:1]:
            allowed = []
            for verb in verbs:
                request = _request(resource, verb, scope)
                decision = cluster.authorize(user, request)
                grants += decision.grants
                if decision.allowed:
                    if not scope or namespace or not all(not grant.scope for grant in decision.grants):
                        allowed.append(verb)
                elif not served or verb in served:
                    for names, _ in cluster.authorizer.named_grants(request, scope, user=user):
                        verbs_of = verbs_by_name.setdefault((resource.qualified, names), [])
                        verbs_of += [] if verb in verbs_of else [verb]
            if allowed or (everything and scope == scopes[0]):
                cells.add(resource.qualified, scope if namespace is None else "", allowed, served)
    by_name = [
        {"resource": resource, "names": list(names), "verbs": allowed_verbs}
        for (resource, names), allowed_verbs in sorted(verbs_by_name.items())
    ]
    head = {"subject": subject_text(subject), "namespace": namespace or "", **by_name_member(by_name)}
    phrases = [
        f"{','.join(entry['verbs'])} {entry['resource']} [{', '.join(entry['names'])}]" for entry in by_name
    ]
    notes = (f"Only by name: {'; '.join(phrases)}.",) if phrases else ()
    return _NotedAnswer(cells.answer("resource", head), notes, tuple(grants))


def _request(resource: "Resource", verb: str, namespace: str) -> Request:
    request = Request(
        verb,
        group=resource.group,
        resource=resource.name,
        subresource=resource.subresource,
        namespace=namespace,
    )
    return as_sent(request, namespaced=resource.namespaced)


def _ordered(verbs: Iterable[str]) -> tuple[str, ...]:
    present = set(verbs)
    return (*(verb for verb in STANDARD if verb in present), *sorted(present - set(STANDARD)))


class _Cells:
    """Collects the rows of a matrix: the verbs that each name may use in each scope."""

    def __init__(self, verbs: tuple[str, ...], served: Iterable[str] | None, *, by_scope: bool) -> None:
        self._verbs = verbs
        self._served = None if served is None else frozenset(served)
        self._by_scope = by_scope
        self._allowed: dict[tuple[str, str], set[str]] = {}
        self._served_of: dict[str, frozenset[str]] = {}

    @property
    def names(self) -> frozenset[str]:
        """The subjects or resources that have a row."""
        return frozenset(name for name, _ in self._allowed)

    def add(self, name: str, scope: str, verbs: Iterable[str], served: Iterable[str] = ()) -> None:
        """Record allowed verbs; the scope counts only if every scope has rows of its own."""
        self._allowed.setdefault((name, scope if self._by_scope else ""), set()).update(verbs)
        self._served_of[name] = self._served if self._served is not None else frozenset(served)

    def answer(self, title: str, head: Mapping[str, Any], last: str = "") -> Answer:
        """The matrix, sorted; system:masters, which needs no grant, comes first."""
        keys = sorted(self._allowed, key=lambda key: (key[0] != _MASTERS, key))
        scope_cells = [(scope_text(scope),) if self._by_scope else () for _, scope in keys]
        rows = [
            (name, *scope_cell, *self._row(name, scope))
            for (name, scope), scope_cell in zip(keys, scope_cells, strict=True)
        ]
        items = [
            {
                title: name,
                **({"scope": scope_cell[0]} if scope_cell else {}),
                "verbs": dict(zip(self._verbs, row, strict=True)),
            }
            for (name, scope), scope_cell in zip(keys, scope_cells, strict=True)
            for row in [self._row(name, scope)]
        ]
        columns = (title, *(["scope"] if self._by_scope else []), *self._verbs)
        data = {**head, **({"allNamespaces": True} if self._by_scope else {}), "items": items}
        names = list(dict.fromkeys(name for name, _ in keys))
        return Answer("Matrix", Table(columns, rows, last=last), data, names)

    def _row(self, name: str, scope: str) -> list[str]:
        allowed = self._allowed[name, scope] | self._allowed.get((name, ""), set())
        served = self._served_of[name]
        return [
            NOT_SERVED if served and verb not in served and verb != "*" else YES if verb in allowed else NO
            for verb in self._verbs
        ]
