"""Parses a subject on the command line: `jenkins`, `ci:jenkins`, `sa/ci:jenkins`, `group:dev`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.spelling import read_subject, split_kind
from rbacpsp.model import Subject, User
from rbacpsp.model.request import (
    ALL_UNAUTHENTICATED,
    ANONYMOUS,
    split_service_account,
)
from rbacpsp.model.similar_names import did_you_mean
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.rbac.near import missing_accounts

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_MOST = 5


def parse_subject(cluster: "Cluster", text: str) -> Subject:
    """The subject that a text of the command line names in a cluster; guesses are written to stderr.

    A word without a kind is the user, the group or the service account of that name. A user or a group that
    no binding names is used as it is written, and a note suggests similar names.

    Raises:
        InputError: Several subjects have the name, or a service account does not exist.
        click.UsageError: A service account lacks its namespace or its name.
    """
    kind, mark, name = split_kind(text)
    if split_service_account(text) or (mark == "/" and not _is_bare_account(kind, name)):
        return _existing(cluster, read_subject(text), text)
    if text == ALL_UNAUTHENTICATED:
        note(
            f"{text} is the group of everyone who is not logged in: the answer is for its member {ANONYMOUS}."
        )
        return Subject("User", ANONYMOUS)
    candidates = list(cluster.authorizer.called(text)) if mark != "/" else []
    if _is_bare_account(kind, name):
        candidates += [candidate for candidate in cluster.authorizer.called(name) if candidate.kind == kind]
    elif kind and not candidates:
        return _existing(cluster, read_subject(text), text)
    elif kind:
        candidates.append(read_subject(text))
    if candidates:
        return _one(cluster, text, candidates)
    if _is_bare_account(kind, name) and (close := similar_names_text(cluster, name, kind)):
        raise InputError([f'no service account is called "{name}"{close}'])
    return _existing(cluster, read_subject(text), text) if kind else _unknown(cluster, text)


def parse_subject_in_either(cluster: "Cluster", other: "Cluster", text: str) -> Subject:
    """Like `parse_subject`, in the first of two states that has a subject of that name.

    Raises:
        InputError: Several subjects have the name, or a service account exists in neither state.
        click.UsageError: A service account lacks its namespace or its name.
    """
    for state in (cluster, other):
        kind, _, name = split_kind(text)
        if state.authorizer.called(text) or (kind and state.authorizer.called(name)):
            return parse_subject(state, text)
    return parse_subject(cluster, text)


def _is_bare_account(kind: str, name: str) -> bool:
    """Whether it is the name of a service account without its namespace."""
    return kind == "ServiceAccount" and bool(name) and ":" not in name


def _one(cluster: "Cluster", text: str, candidates: list[Subject]) -> Subject:
    """The user of that name, else the only candidate."""
    users = [candidate for candidate in candidates if candidate.kind == "User"]
    if users and len(candidates) > 1:
        others = [candidate for candidate in candidates if candidate.kind != "User"]
        note(f'"{text}" is taken as {subject_text(users[0])}; there is also {_listed(others, " and ")}.')
        return users[0]
    if len(candidates) > 1:
        raise InputError([f'"{text}" may be {_listed(candidates)}: write which one you mean'])
    (subject,) = candidates
    if subject.kind != "User":
        note(f'"{text}" is taken as {subject_text(subject)}.')
    return _existing(cluster, subject, text)


def _listed(subjects: Iterable[Subject], mark: str = " or ") -> str:
    names = [subject_text(subject) for subject in subjects]
    more = len(names) - _MOST
    return mark.join([*names[:_MOST], *([f"{more} more"] if more > 0 else [])])


def _existing(cluster: "Cluster", subject: Subject, text: str) -> Subject:
    """A subject with its full name; an error if it is a service account that does not exist."""
    authorizer = cluster.authorizer
    if subject.kind != "ServiceAccount":
        if not authorizer.is_named(subject):
            _say_unbound(cluster, subject)
        return subject
    if any(True for _ in missing_accounts(cluster.objects, [subject])):
        if not authorizer.is_named(subject):
            raise InputError([_absent(cluster, subject)])
        who = subject_text(subject)
        warn(f"{who} does not exist; its bindings take effect as soon as somebody creates it")
    elif (subject.namespace, subject.name) not in cluster.objects.service_accounts and (
        not authorizer.is_named(subject)
    ):
        close = similar_names_text(cluster, text, "ServiceAccount")
        if close:
            note(f"No binding names {subject_text(subject)}{close}")
    return subject


def _unknown(cluster: "Cluster", text: str) -> Subject:
    """A word that names no known subject: a service account of a known namespace, else a user."""
    refuse_absent(cluster, text)
    subject = read_subject(text)
    close = similar_names_text(cluster, text)
    if close:
        note(f'No binding names anybody called "{text}", which is taken as a user{close}')
    return subject


def refuse_absent(cluster: "Cluster", text: str) -> None:
    """Refuse a text that can only name a service account, if there is no account of that name.

    Raises:
        InputError: The account does not exist.
    """
    kind, _, name = split_kind(text)
    account = split_service_account(text)
    namespace, _, name = name.partition(":") if account is None else (account[0], "", account[1])
    if not name or (kind not in {"", "ServiceAccount"}):
        return
    if kind or account or namespace in cluster.objects.namespaces:
        subject = Subject("ServiceAccount", name, namespace)
        if any(True for _ in missing_accounts(cluster.objects, [subject])):
            raise InputError([_absent(cluster, subject)])


def _say_unbound(cluster: "Cluster", subject: Subject) -> None:
    from rbacpsp.rbac.name_search import is_of_every_server

    if is_of_every_server(subject):
        return
    close = similar_names_text(cluster, subject.name)
    if close:
        note(f"No binding names {subject_text(subject)}{close}")


def _absent(cluster: "Cluster", subject: Subject) -> str:
    kind = subject.kind
    close = similar_names_text(cluster, f"{subject.namespace}:{subject.name}", kind)
    close = close or similar_names_text(cluster, subject.name, kind)
    return f'serviceaccounts "{subject.name}" not found in namespace {subject.namespace}{close}'


def similar_names_text(cluster: "Cluster", word: str, kind: str = "") -> str:
    """Subjects with similar names as the end of a sentence; empty if there are none."""
    return did_you_mean(map(subject_text, cluster.authorizer.spelled_like(word, kind)))


def hint_at_user(cluster: "Cluster", user: User, text: str | None) -> None:
    """Suggest the subject that `--as` may have meant; `--as` expects names as the server sees them."""
    if not text or set(user.groups).difference(user_of(Subject("User", text)).groups):
        return
    account = split_service_account(text)
    if account:
        subject = Subject("ServiceAccount", account[1], account[0])
        if any(True for _ in missing_accounts(cluster.objects, [subject])):
            warn(_absent(cluster, subject))
        return
    if cluster.authorizer.is_named(Subject("User", text)):
        return
    same_name = [subject for subject in cluster.authorizer.called(text) if subject.kind != "User"]
    if not same_name:
        near = cluster.authorizer.spelled_like(text)
        if near:
            options = " or ".join(_as_text(subject) for subject in near)
            note(f'No binding names a user "{text}"; did you mean {options}?')
        return
    options = " or ".join(_as_text(subject) for subject in same_name[:_MOST])
    note(f'--as takes names as the server sees them, and no binding names a user "{text}"; try {options}.')


def _as_text(subject: Subject) -> str:
    """The options `--as` and `--as-group` for a subject."""
    match subject.kind:
        case "ServiceAccount":
            return f"--as system:serviceaccount:{subject.namespace}:{subject.name}"
        case "Group":
            return f"--as NAME --as-group {subject.name}"
    return f"--as {subject.name}"
