"""Subjects of bindings as text, and as users that they stand for."""

from rbacpsp.model.rbac import Subject
from rbacpsp.model.request import User


def subject_text(subject: Subject, scope: str = "") -> str:
    """A subject as this program spells it: `User/alice`, `Group/devs`, `ServiceAccount/namespace:name`.

    A service account without a namespace is one of the binding's own, which is `scope`.
    """
    if subject.kind == "ServiceAccount":
        return f"ServiceAccount/{subject.namespace or scope}:{subject.name}"
    return f"{subject.kind}/{subject.name}"


def user_of(subject: Subject) -> User:
    """A user who is just this subject: a user or service account with the groups that the server adds.

    Of a group it is a nameless member, so that only the group decides.
    """
    match subject.kind:
        case "ServiceAccount":
            return User.service_account(subject.namespace, subject.name)
        case "Group":
            return User("", (subject.name,))
        case _:
            return User.impersonate(subject.name)
