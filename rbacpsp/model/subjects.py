"""Converts subjects of bindings to text and to users, and users to subjects."""

from rbacpsp.model.rbac import Subject
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_SERVICE_ACCOUNTS,
    ALL_UNAUTHENTICATED,
    User,
    split_service_account,
)

_OF_NAMESPACE = f"{ALL_SERVICE_ACCOUNTS}:"


class NamedGroup(Subject, frozen=True):
    """A group that a request names, by impersonation or by a certificate, without one of its members.

    The server adds `system:authenticated` alone (impersonation.go and authenticated_group_adder.go in
    apiserver/pkg, 1.24), whereas a member of `system:serviceaccounts:NAMESPACE` is a service account.
    """


def subject_text(subject: Subject, scope: str = "") -> str:
    """A subject as this program spells it: `User/alice`, `Group/devs`, `ServiceAccount/namespace:name`.

    A service account without a namespace is in the namespace of the binding, `scope`.
    """
    if subject.kind == "ServiceAccount":
        return f"ServiceAccount/{subject.namespace or scope}:{subject.name}"
    return f"{subject.kind}/{subject.name}"


def user_of(subject: Subject) -> User:
    """The user that a subject names: a user or service account with the groups that the server adds.

    For a group this is a member without a name, so that only the group matters.
    """
    match subject.kind:
        case "ServiceAccount":
            return User.service_account(subject.namespace, subject.name)
        case "Group":
            return User("", (subject.name,))
        case _:
            return User.impersonate(subject.name)


def groups_of(subject: Subject) -> tuple[str, ...]:
    """The groups of `member_of`; quick for the names that the API server does not reserve."""
    if not subject.name.startswith("system:"):
        if subject.kind == "User":
            return (ALL_AUTHENTICATED,)
        if subject.kind == "Group":
            return (subject.name, ALL_AUTHENTICATED)
    return member_of(subject).groups


def are_accounts(group: str) -> bool:
    """Whether the members of a group are the service accounts of a namespace."""
    return group.startswith(_OF_NAMESPACE)


def member_of(subject: Subject) -> User:
    """The user that a subject names; for a group, a member that is also in the groups of all its members.

    For a `NamedGroup` it is somebody in that group and in `system:authenticated` only. Every member of a
    group is authenticated, except those of `system:unauthenticated`.
    """
    user = user_of(subject)
    if subject.kind != "Group" or subject.name == ALL_UNAUTHENTICATED:
        return user
    members_are_accounts = are_accounts(subject.name) and type(subject) is not NamedGroup
    accounts = (ALL_SERVICE_ACCOUNTS,) if members_are_accounts else ()
    return User(user.name, tuple(dict.fromkeys((*user.groups, *accounts, ALL_AUTHENTICATED))))


def subject_named(subject: Subject | User) -> Subject:
    """The subject by which a binding names a user: a service account by its namespace and name."""
    if isinstance(subject, Subject):
        return subject
    account = split_service_account(subject.name)
    return Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", subject.name)


def user_subject(name: str) -> Subject:
    """The subject of a user name: a service account if the name is that of one."""
    account = split_service_account(name)
    return Subject("ServiceAccount", account[1], account[0]) if account else Subject("User", name)
