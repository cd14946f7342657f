"""`rbacpsp lookup`: show the bindings of the subjects whose name contains SUBJECT, or of all subjects."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.apply import listed_bindings
from rbacpsp.cli.assumption_warning import Granting, partial_source_note
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note
from rbacpsp.cli.grants import object_json, subject_json
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.roles import require_role
from rbacpsp.cli.spelling import SUBJECT_HELP, binding_text, read_subject, role_text, scope_text, spelled_kind
from rbacpsp.cli.subject import refuse_absent, similar_names_text
from rbacpsp.cli.system_subjects import include_system_option, is_system_subject, omitted_line
from rbacpsp.cli.unused import unused_accounts_answer
from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.request import split_service_account
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.rbac.near import missing_accounts, near_accounts, near_roles
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

Binding = RoleBinding | ClusterRoleBinding
Entry = tuple[Subject, Binding, str]
"""A subject as the binding spells it, the binding, and how the subject matched: by name or by group."""

BY_NAME = "by name"
IMPLICIT = "implicit group"
MISSING = "missing: grants nothing"
NOT_READ = "not in these files"
NO_ACCOUNT = "no such account"


@command("lookup", short_help="Show the bindings of a subject, or of a role.", epilog=SUBJECT_HELP)
@click.argument("subject", required=False)
@click.option("--role", metavar="NAME", help="Show who is bound to a role: view, ClusterRole/view, Role/dev.")
@click.option(
    "-k",
    "--kind",
    type=click.Choice(["user", "group", "serviceaccount"], case_sensitive=False),
    help="Only subjects of this kind.",
)
@click.option(
    "--unused", "idle", is_flag=True, help="Show the service accounts that no binding names and no pod uses."
)
@click.option("-n", "--namespace", metavar="NAME", help="Only what applies in this namespace.")
@include_system_option
@source_options
@output_options
def lookup(
    *,
    subject: str | None,
    role: str | None,
    kind: str | None,
    idle: bool,
    namespace: str | None,
    include_system: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show the bindings of the subjects whose name contains SUBJECT, or of all subjects.

    A full name also shows the bindings of the subject's implicit groups, such as system:authenticated; a name
    with its kind, such as user/alice, matches only that subject. Roles and service accounts that do not exist
    are marked, with a similar name if there is one: a binding to a missing role grants nothing.

    \b
    Examples:
      rbacpsp lookup scheduler -f sample_clusters/bootstrap-1.24
      rbacpsp lookup sa/kube-system:replicaset-controller -o wide -f sample_clusters/bootstrap-1.24
      rbacpsp lookup -k group -f sample_clusters/bootstrap-1.24
      rbacpsp lookup --role cluster-admin -f sample_clusters/bootstrap-1.24
      rbacpsp lookup --unused -f sample_clusters/acme
    """
    if idle:
        if subject or role or kind:
            raise click.UsageError("--unused takes no SUBJECT, --role or --kind", click.get_current_context())
        cluster = open_cluster(source, namespace=namespace, discovery=False)
        answer = unused_accounts_answer(cluster, namespace or None)
        output.answer(
            answer, empty=f"Every service account is used.{partial_source_note(cluster)}", cluster=cluster
        )
        return
    kinds = RBAC_KINDS | {"Namespace", "ServiceAccount"}
    cluster = open_cluster(source, kinds=kinds, namespace=namespace or None, discovery=False)
    entries = list(_entries_of_role(cluster, role) if role else _entries_of_subject(cluster, subject or ""))
    if role and not entries:
        require_role(cluster.objects, role)
    if role and subject:
        subject_names = {
            subject_text(bound_subject, binding.namespace)
            for bound_subject, binding, _ in _entries_of_subject(cluster, subject)
        }
        entries = [entry for entry in entries if subject_text(entry[0], entry[1].namespace) in subject_names]
    if kind:
        entries = [entry for entry in entries if entry[0].kind.lower() == kind]
    if namespace:
        entries = [entry for entry in entries if entry[1].namespace in {"", namespace}]
    entries = _distinct(entries)
    entries.sort(key=lambda entry: (entry[2] != BY_NAME, _sort_key(entry)))
    query = f"role {role}" if role else f'a subject like "{subject}"' if subject else ""
    suggestion = ""
    if subject and not entries:
        refuse_absent(cluster, subject)
        suggestion = similar_names_text(cluster, subject) or _binding_called(cluster, subject, source)
    show_all = (
        include_system or not output.folds or all(is_system_subject(entry[1], entry[0]) for entry in entries)
    )
    shown = entries if show_all else [entry for entry in entries if not is_system_subject(entry[1], entry[0])]
    folded = 0 if show_all else len(_names_of(entries) - _names_of(shown))
    table = Table(
        ("subject", "scope", "role", "via", "binding"),
        [_row(cluster, entry) for entry in shown],
        frozenset({"binding"}),
        last=omitted_line(folded),
    )
    items = [] if output.readable else [_item(cluster, entry) for entry in entries]
    names = [binding_text(binding).lower() for _, binding, _ in entries]
    output.answer(
        Answer("Lookup", table, {"items": items}, names),
        empty="No binding names "
        f"{query}{suggestion or '. Names are case-sensitive; without a name every subject is shown.'}"
        f"{partial_source_note(cluster)}"
        if query
        else f"No binding names {f'a {kind}' if kind else 'anything'}.{partial_source_note(cluster)}",
        cluster=cluster,
        granting=_assumed(cluster, shown),
        access_only=True,
    )
    if output.readable and any(via == IMPLICIT for *_, via in entries):
        note("Bindings of the groups that the server adds to every such subject are included: see VIA.")


def _binding_called(cluster: "Cluster", text: str, source: SourceOptions) -> str:
    """The end of a sentence that names a binding with the subject's name, or an empty string."""
    name = text.rpartition("/")[2]
    for binding in listed_bindings(cluster.objects):
        if binding.name == name:
            options = [("-n", binding.namespace)] if binding.namespace else []
            command = next_step("describe", binding.kind.lower(), name, options=options, source=source)
            return f", but a {binding.kind} has that name ({command} shows it)."
    return ""


def _assumed(cluster: "Cluster", entries: list[Entry]) -> Iterator[Granting]:
    """The objects that the answer depends on: the bindings, and the roles that they refer to."""
    for _, binding, _ in entries:
        yield binding
        ref = binding.role_ref
        role = (
            cluster.objects.cluster_roles.get(ref.name)
            if ref.kind == "ClusterRole"
            else cluster.objects.roles.get((binding.namespace, ref.name))
        )
        if role is not None:
            yield role


def _distinct(entries: list[Entry]) -> list[Entry]:
    """Each entry once, even if a binding names the subject several times or in several spellings."""
    distinct: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        subject, binding, via = entry
        key = (_canonical_name(subject, binding), binding.kind, binding.namespace, binding.name, via)
        distinct.setdefault(key, entry)
    return list(distinct.values())


def _entries_of_role(cluster: "Cluster", role: str) -> Iterator[Entry]:
    kind, slash, name = role.partition("/")
    if not slash:
        kind, name = "", role
    for binding in listed_bindings(cluster.objects):
        ref = binding.role_ref
        if ref.name == name and kind.lower() in {"", ref.kind.lower()}:
            yield from ((subject, binding, BY_NAME) for subject in binding.subjects)


def _entries_of_subject(cluster: "Cluster", text: str) -> Iterator[Entry]:
    """The bindings of the subject with this full name, or of all subjects whose name contains the text.

    A full name also matches the subject's implicit groups and the assumed bindings.
    """
    spelled = bool(spelled_kind(text) or split_service_account(text))
    objects = cluster.objects
    bindings = listed_bindings(objects)
    if spelled or (text and _subjects_named(bindings, text)):
        bindings = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
    subjects = [read_subject(text)] if spelled else _subjects_named(bindings, text) if text else []
    names = {subject_text(subject) for subject in subjects}
    implicit = {
        f"Group/{group}"
        for subject in subjects
        if subject.kind != "Group"
        for group in user_of(subject).groups
    }
    wanted_names = {subject.name for subject in subjects} | {name.partition("/")[2] for name in implicit}
    wanted_names |= {user_of(subject).name for subject in subjects}
    for subject, binding in _candidates(bindings, wanted_names, None if spelled else text):
        spelling = _canonical_name(subject, binding)
        if spelling in names or (not spelled and text in spelling.partition("/")[2]):
            yield subject, binding, BY_NAME
        elif spelling in implicit:
            yield subject, binding, IMPLICIT


def _candidates(
    bindings: list[Binding], names: Collection[str], text: str | None
) -> Iterator[tuple[Subject, Binding]]:
    """The subjects that have one of some names or whose spelling may contain a text, before they are spelled.

    Where the text is None, only the names count.
    """
    for binding in bindings:
        namespace = binding.metadata.namespace
        for subject in binding.subjects:
            name = subject.name
            if name in names or (
                text is not None and (":" in text or text in name or text in (subject.namespace or namespace))
            ):
                yield subject, binding


def _subjects_named(bindings: list[Binding], name: str) -> list[Subject]:
    """The users and groups of bindings that have exactly this name."""
    kinds = {
        subject.kind
        for binding in bindings
        for subject in binding.subjects
        if subject.name == name and subject.kind in {"User", "Group"}
    }
    return [Subject(kind, name) for kind in sorted(kinds)]


def _canonical_name(subject: Subject, binding: Binding) -> str:
    """One spelling for equal subjects: the user name of a service account becomes that account."""
    account = split_service_account(subject.name) if subject.kind == "User" else None
    if account:
        return f"ServiceAccount/{account[0]}:{account[1]}"
    return subject_text(subject, binding.namespace)


def _names_of(entries: list[Entry]) -> set[str]:
    return {_canonical_name(subject, binding) for subject, binding, _ in entries}


def _role_is_missing(cluster: "Cluster", binding: Binding) -> bool:
    ref = binding.role_ref
    if ref.kind == "ClusterRole":
        return ref.name not in cluster.objects.cluster_roles
    return (binding.namespace, ref.name) not in cluster.objects.roles


def _is_unread(cluster: "Cluster", binding: Binding) -> bool:
    """Whether the server may have unread roles of the kind that a binding refers to."""
    return binding.role_ref.kind in cluster.objects.partly_read


def _account_is_missing(cluster: "Cluster", entry: Entry) -> bool:
    account = _full_account(entry[0], entry[1])
    return any(True for _ in missing_accounts(cluster.objects, [account]))


def _full_account(subject: Subject, binding: Binding) -> Subject:
    """A service account with its namespace, which a RoleBinding may leave out."""
    return Subject(subject.kind, subject.name, subject.namespace or binding.namespace)


def _sort_key(entry: Entry) -> tuple[str, ...]:
    """The sort key of an entry's row."""
    subject, binding, via = entry
    subject_name, role = subject_text(subject, binding.namespace), role_text(binding.role_ref)
    return subject_name, scope_text(binding.namespace), role, via, binding_text(binding)


def _row(cluster: "Cluster", entry: Entry) -> tuple[str, ...]:
    subject, binding, via = entry
    role_mark = ""
    if _role_is_missing(cluster, binding):
        suggestions = near_roles(cluster.objects, binding.role_ref, binding.namespace)
        role_mark = f" ({'; '.join((NOT_READ if _is_unread(cluster, binding) else MISSING, *suggestions))})"
    account_mark = ""
    if _account_is_missing(cluster, entry):
        account_mark = (
            f" ({'; '.join((NO_ACCOUNT, *near_accounts(cluster.objects, _full_account(subject, binding))))})"
        )
    return (
        f"{subject_text(subject, binding.namespace)}{account_mark}",
        scope_text(binding.namespace),
        f"{role_text(binding.role_ref)}{role_mark}",
        via,
        binding_text(binding),
    )


def _item(cluster: "Cluster", entry: Entry) -> JSONObject:
    subject, binding, via = entry
    missing = _role_is_missing(cluster, binding)
    suggestions = near_roles(cluster.objects, binding.role_ref, binding.namespace) if missing else ()
    return {
        "subject": subject_json(subject),
        **({"subjectMissing": True} if _account_is_missing(cluster, entry) else {}),
        "scope": scope_text(binding.namespace),
        "role": {"kind": binding.role_ref.kind, "name": binding.role_ref.name},
        "missing": missing and not _is_unread(cluster, binding),
        **({"notRead": True} if missing and _is_unread(cluster, binding) else {}),
        **({"near": list(suggestions)} if suggestions else {}),
        "via": via,
        "binding": object_json(binding),
    }
