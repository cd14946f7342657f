"""`rbacpsp lookup`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.apply import listed_bindings
from rbacpsp.cli.assumption_warning import Granting, only_read
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note
from rbacpsp.cli.grants import object_json, subject_json
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.roles import require_role
from rbacpsp.cli.spelling import SUBJECT_HELP, binding_text, read_subject, role_text, scope_text, spelled_kind
from rbacpsp.cli.subject import near_words, refuse_absent
from rbacpsp.cli.system_subjects import folded_line, include_system_option, is_own
from rbacpsp.cli.unused import unused
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
"""A subject as the binding writes it, the binding, and by what it was found."""

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
    r"""Show the bindings of the subjects whose name contains SUBJECT, or of all.

    A subject that is named in full also gets the bindings of its implicit groups, such as
    system:authenticated; one that is spelled with its kind is shown alone. A role that does not exist is
    marked, with one that was perhaps meant: its binding grants nothing. So is a service account.

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
        answer = unused(cluster, namespace or None)
        output.answer(answer, empty=f"Every service account is used.{only_read(cluster)}", cluster=cluster)
        return
    kinds = RBAC_KINDS | {"Namespace", "ServiceAccount"}
    cluster = open_cluster(source, kinds=kinds, namespace=namespace or None, discovery=False)
    entries = list(_of_role(cluster, role) if role else _of_subject(cluster, subject or ""))
    if role and not entries:
        require_role(cluster.objects, role)
    if role and subject:
        named = {subject_text(who, binding.namespace) for who, binding, _ in _of_subject(cluster, subject)}
        entries = [entry for entry in entries if subject_text(entry[0], entry[1].namespace) in named]
    if kind:
        entries = [entry for entry in entries if entry[0].kind.lower() == kind]
    if namespace:
        entries = [entry for entry in entries if entry[1].namespace in {"", namespace}]
    entries = _distinct(entries)
    entries.sort(key=lambda entry: (entry[2] != BY_NAME, _key(entry)))
    asked = f"role {role}" if role else f'a subject like "{subject}"' if subject else ""
    near = ""
    if subject and not entries:
        refuse_absent(cluster, subject)
        near = near_words(cluster, subject) or _binding_called(cluster, subject, source)
    every = include_system or not output.folds or all(is_own(entry[1], entry[0]) for entry in entries)
    shown = entries if every else [entry for entry in entries if not is_own(entry[1], entry[0])]
    folded = 0 if every else len(_names_of(entries) - _names_of(shown))
    table = Table(
        ("subject", "scope", "role", "via", "binding"),
        [_row(cluster, entry) for entry in shown],
        frozenset({"binding"}),
        last=folded_line(folded),
    )
    items = [] if output.readable else [_item(cluster, entry) for entry in entries]
    names = [binding_text(binding).lower() for _, binding, _ in entries]
    output.answer(
        Answer("Lookup", table, {"items": items}, names),
        empty="No binding names "
        f"{asked}{near or '. Names are case-sensitive; without a name every subject is shown.'}"
        f"{only_read(cluster)}"
        if asked
        else f"No binding names {f'a {kind}' if kind else 'anything'}.{only_read(cluster)}",
        cluster=cluster,
        granting=_assumed(cluster, shown),
        access_only=True,
    )
    if output.readable and any(via == IMPLICIT for *_, via in entries):
        note("Bindings of the groups that the server adds to every such subject are included: see VIA.")


def _binding_called(cluster: "Cluster", text: str, source: SourceOptions) -> str:
    """Which binding has the name that was given for a subject, as the rest of a sentence, or empty."""
    name = text.rpartition("/")[2]
    for binding in listed_bindings(cluster.objects):
        if binding.name == name:
            where = [("-n", binding.namespace)] if binding.namespace else []
            command = next_step("describe", binding.kind.lower(), name, options=where, source=source)
            return f", but a {binding.kind} has that name ({command} shows it)."
    return ""


def _assumed(cluster: "Cluster", entries: list[Entry]) -> Iterator[Granting]:
    """What the answer rests on: the bindings, and the roles that they refer to."""
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
    """Each once, however often and in however many spellings a binding names the subject."""
    kept: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        subject, binding, via = entry
        key = (_canonical(subject, binding), binding.kind, binding.namespace, binding.name, via)
        kept.setdefault(key, entry)
    return list(kept.values())


def _of_role(cluster: "Cluster", role: str) -> Iterator[Entry]:
    kind, slash, name = role.partition("/")
    if not slash:
        kind, name = "", role
    for binding in listed_bindings(cluster.objects):
        ref = binding.role_ref
        if ref.name == name and kind.lower() in {"", ref.kind.lower()}:
            yield from ((subject, binding, BY_NAME) for subject in binding.subjects)


def _of_subject(cluster: "Cluster", text: str) -> Iterator[Entry]:
    """The bindings of a subject that is spelled in full, or of all whose name contains a text.

    A subject that is named, in either way, brings its implicit groups, and the bindings that are assumed.
    """
    spelled = bool(spelled_kind(text) or split_service_account(text))
    objects = cluster.objects
    bindings = listed_bindings(objects)
    if spelled or (text and _called(bindings, text)):
        bindings = [*objects.cluster_role_bindings.values(), *objects.role_bindings.values()]
    named = [read_subject(text)] if spelled else _called(bindings, text) if text else []
    names = {subject_text(subject) for subject in named}
    implicit = {
        f"Group/{group}" for subject in named if subject.kind != "Group" for group in user_of(subject).groups
    }
    wanted = {subject.name for subject in named} | {name.partition("/")[2] for name in implicit}
    wanted |= {user_of(subject).name for subject in named}
    for subject, binding in _subjects(bindings):
        if subject.name not in wanted and (spelled or not _may_contain(subject, binding, text)):
            continue
        who = _canonical(subject, binding)
        if who in names or (not spelled and text in who.partition("/")[2]):
            yield subject, binding, BY_NAME
        elif who in implicit:
            yield subject, binding, IMPLICIT


def _may_contain(subject: Subject, binding: Binding, text: str) -> bool:
    """Whether the spelling of a subject may contain a text: quicker than to spell each of them."""
    return ":" in text or text in subject.name or text in (subject.namespace or binding.metadata.namespace)


def _called(bindings: list[Binding], name: str) -> list[Subject]:
    """The users and groups that a text names in full, of those that bindings mention."""
    kinds = {
        subject.kind
        for subject, _ in _subjects(bindings)
        if subject.name == name and subject.kind in {"User", "Group"}
    }
    return [Subject(kind, name) for kind in sorted(kinds)]


def _subjects(bindings: list[Binding]) -> Iterator[tuple[Subject, Binding]]:
    for binding in bindings:
        for subject in binding.subjects:
            yield subject, binding


def _canonical(subject: Subject, binding: Binding) -> str:
    """The spelling under which subjects are equal: a service account's user name is that account."""
    account = split_service_account(subject.name) if subject.kind == "User" else None
    if account:
        return f"ServiceAccount/{account[0]}:{account[1]}"
    return subject_text(subject, binding.namespace)


def _names_of(entries: list[Entry]) -> set[str]:
    return {_canonical(subject, binding) for subject, binding, _ in entries}


def _missing(cluster: "Cluster", binding: Binding) -> bool:
    ref = binding.role_ref
    if ref.kind == "ClusterRole":
        return ref.name not in cluster.objects.cluster_roles
    return (binding.namespace, ref.name) not in cluster.objects.roles


def _is_unread(cluster: "Cluster", binding: Binding) -> bool:
    """Whether the server may have roles of the kind that a binding names which were not read."""
    return binding.role_ref.kind in cluster.objects.partly_read


def _account_is_missing(cluster: "Cluster", entry: Entry) -> bool:
    account = _account(entry[0], entry[1])
    return any(True for _ in missing_accounts(cluster.objects, [account]))


def _account(subject: Subject, binding: Binding) -> Subject:
    """A service account with its namespace, which a RoleBinding may leave out."""
    return Subject(subject.kind, subject.name, subject.namespace or binding.namespace)


def _key(entry: Entry) -> tuple[str, ...]:
    """What the rows are sorted by."""
    subject, binding, via = entry
    who, role = subject_text(subject, binding.namespace), role_text(binding.role_ref)
    return who, scope_text(binding.namespace), role, via, binding_text(binding)


def _row(cluster: "Cluster", entry: Entry) -> tuple[str, ...]:
    subject, binding, via = entry
    mark = ""
    if _missing(cluster, binding):
        near = near_roles(cluster.objects, binding.role_ref, binding.namespace)
        mark = f" ({'; '.join((NOT_READ if _is_unread(cluster, binding) else MISSING, *near))})"
    absent = ""
    if _account_is_missing(cluster, entry):
        absent = f" ({'; '.join((NO_ACCOUNT, *near_accounts(cluster.objects, _account(subject, binding))))})"
    return (
        f"{subject_text(subject, binding.namespace)}{absent}",
        scope_text(binding.namespace),
        f"{role_text(binding.role_ref)}{mark}",
        via,
        binding_text(binding),
    )


def _item(cluster: "Cluster", entry: Entry) -> JSONObject:
    subject, binding, via = entry
    missing = _missing(cluster, binding)
    near = near_roles(cluster.objects, binding.role_ref, binding.namespace) if missing else ()
    return {
        "subject": subject_json(subject),
        **({"subjectMissing": True} if _account_is_missing(cluster, entry) else {}),
        "scope": scope_text(binding.namespace),
        "role": {"kind": binding.role_ref.kind, "name": binding.role_ref.name},
        "missing": missing and not _is_unread(cluster, binding),
        **({"notRead": True} if missing and _is_unread(cluster, binding) else {}),
        **({"near": list(near)} if near else {}),
        "via": via,
        "binding": object_json(binding),
    }
