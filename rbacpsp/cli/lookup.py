"""`rbacpsp lookup`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import note
from rbacpsp.cli.grants import JSONObject, object_json, subject_json
from rbacpsp.cli.options import Source, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import SUBJECT_HELP, binding_text, read_subject, role_text, scope_text, spelled_kind
from rbacpsp.load.sources import RBAC_KINDS
from rbacpsp.model import ClusterRoleBinding, Objects, RoleBinding, Subject
from rbacpsp.model.request import split_service_account
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

Binding = RoleBinding | ClusterRoleBinding
Found = tuple[Subject, Binding, str]
"""A subject as the binding writes it, the binding, and by what it was found."""

BY_NAME = "by name"
IMPLICIT = "implicit group"
MISSING = "missing: grants nothing"


@click.command("lookup", short_help="Show the bindings of a subject, or of a role.", epilog=SUBJECT_HELP)
@click.argument("subject", required=False)
@click.option("--role", metavar="NAME", help="Show who is bound to a role: view, ClusterRole/view, Role/dev.")
@click.option(
    "-k",
    "--kind",
    type=click.Choice(["user", "group", "serviceaccount"], case_sensitive=False),
    help="Only subjects of this kind.",
)
@source_options
@output_options
def lookup(
    *, subject: str | None, role: str | None, kind: str | None, source: Source, output: Output
) -> None:
    r"""Show the bindings of the subjects whose name contains SUBJECT, or of all.

    A subject that is named in full also gets the bindings of its implicit groups, such as
    system:authenticated; one that is spelled with its kind is shown alone. A role that does not exist is
    marked: its binding grants nothing.

    \b
    Examples:
      rbacpsp lookup scheduler -f sample_clusters/bootstrap-1.24
      rbacpsp lookup sa/kube-system:replicaset-controller -o wide -f sample_clusters/bootstrap-1.24
      rbacpsp lookup -k group -f sample_clusters/bootstrap-1.24
      rbacpsp lookup --role cluster-admin -f sample_clusters/bootstrap-1.24
    """
    cluster = open_cluster(source, kinds=RBAC_KINDS, discovery=False)
    found = list(_of_role(cluster.objects, role) if role else _of_subject(cluster.objects, subject or ""))
    if role and subject:
        named = {
            subject_text(each, binding.namespace)
            for each, binding, _ in _of_subject(cluster.objects, subject)
        }
        found = [each for each in found if subject_text(each[0], each[1].namespace) in named]
    if kind:
        found = [each for each in found if each[0].kind.lower() == kind]
    found.sort(key=lambda each: (each[2] != BY_NAME, _row(cluster, each)))
    items = [_item(cluster, each) for each in found]
    table = Table(
        ("subject", "scope", "role", "via", "binding"),
        [_row(cluster, each) for each in found],
        frozenset({"binding"}),
    )
    names = [binding_text(binding).lower() for _, binding, _ in found]
    asked = f"role {role}" if role else f'a subject like "{subject}"' if subject else ""
    output.answer(
        Answer("Lookup", table, {"items": items}, names),
        empty=f"No binding names {asked}. Case matters; without a name all are shown."
        if asked
        else f"No binding names {f'a {kind}' if kind else 'anything'}.",
    )
    if output.readable and any(via == IMPLICIT for *_, via in found):
        note("The groups that the server itself puts every such subject in are included: see VIA.")


def _bindings(objects: Objects) -> Iterator[Binding]:
    yield from objects.cluster_role_bindings.values()
    yield from objects.role_bindings.values()


def _of_role(objects: Objects, role: str) -> Iterator[Found]:
    kind, slash, name = role.partition("/")
    if not slash:
        kind, name = "", role
    for binding in _bindings(objects):
        ref = binding.role_ref
        if ref.name == name and kind.lower() in {"", ref.kind.lower()}:
            yield from ((subject, binding, BY_NAME) for subject in binding.subjects)


def _of_subject(objects: Objects, text: str) -> Iterator[Found]:
    """The bindings of a subject that is spelled in full, or of all whose name contains a text.

    A subject that is named, in either way, brings its implicit groups.
    """
    spelled = bool(spelled_kind(text) or split_service_account(text))
    named = [read_subject(text)] if spelled else _called(objects, text)
    names = {subject_text(subject) for subject in named}
    implicit = {
        f"Group/{group}" for subject in named if subject.kind != "Group" for group in user_of(subject).groups
    }
    for subject, binding in _subjects(objects):
        who = _canonical(subject, binding)
        if who in names or (not spelled and text in who.partition("/")[2]):
            yield subject, binding, BY_NAME
        elif who in implicit:
            yield subject, binding, IMPLICIT


def _called(objects: Objects, name: str) -> list[Subject]:
    """The users and groups that a text names in full, of those that bindings mention."""
    kinds = {
        subject.kind
        for subject, _ in _subjects(objects)
        if subject.name == name and subject.kind in {"User", "Group"}
    }
    return [Subject(kind, name) for kind in sorted(kinds)]


def _subjects(objects: Objects) -> Iterable[tuple[Subject, Binding]]:
    for binding in _bindings(objects):
        for subject in binding.subjects:
            yield subject, binding


def _canonical(subject: Subject, binding: Binding) -> str:
    """The spelling under which subjects are equal: a service account's user name is that account."""
    account = split_service_account(subject.name) if subject.kind == "User" else None
    if account:
        return f"ServiceAccount/{account[0]}:{account[1]}"
    return subject_text(subject, binding.namespace)


def _missing(cluster: "Cluster", binding: Binding) -> bool:
    ref = binding.role_ref
    if ref.kind == "ClusterRole":
        return ref.name not in cluster.objects.cluster_roles
    return (binding.namespace, ref.name) not in cluster.objects.roles


def _row(cluster: "Cluster", found: Found) -> tuple[str, ...]:
    subject, binding, via = found
    mark = f" ({MISSING})" if _missing(cluster, binding) else ""
    return (
        subject_text(subject, binding.namespace),
        scope_text(binding.namespace),
        f"{role_text(binding.role_ref)}{mark}",
        via,
        binding_text(binding),
    )


def _item(cluster: "Cluster", found: Found) -> JSONObject:
    subject, binding, via = found
    return {
        "subject": subject_json(subject),
        "scope": scope_text(binding.namespace),
        "role": {"kind": binding.role_ref.kind, "name": binding.role_ref.name},
        "missing": _missing(cluster, binding),
        "via": via,
        "binding": object_json(binding),
    }
