"""The notation of subjects, roles and scopes on the command line and in answers."""

from typing import TYPE_CHECKING

import click

from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.request import split_service_account

if TYPE_CHECKING:
    from rbacpsp.model import RoleRef

EVERYWHERE = "cluster-wide"
"""The scope of what a ClusterRoleBinding grants."""

SUBJECT_HELP = (
    "A subject is spelled user/alice, group/devs, sa/NAMESPACE:NAME or "
    "system:serviceaccount:NAMESPACE:NAME; a word alone is the user, group or service account with that "
    "name."
)

_KINDS = {
    "user": "User",
    "group": "Group",
    "serviceaccount": "ServiceAccount",
    "sa": "ServiceAccount",
}


def split_kind(text: str) -> tuple[str, str, str]:
    """The kind, `/` or `:`, and the name of a text such as `Group/devs` or `group:devs`.

    The first two are empty if the text does not begin with a kind.
    """
    for mark in "/:":
        word, separator, name = text.partition(mark)
        if separator and word.lower() in _KINDS:
            return _KINDS[word.lower()], mark, name
    return "", "", text


def spelled_kind(text: str) -> str:
    """The kind that a text such as `Group/devs` begins with, or empty."""
    return split_kind(text)[0]


def read_subject(text: str) -> Subject:
    """The subject that a text of the command line names.

    Raises:
        click.UsageError: A service account lacks its namespace or its name.
    """
    kind, _, name = split_kind(text)
    if kind == "ServiceAccount":
        namespace, _, account = name.partition(":")
        if not namespace or not account:
            raise click.UsageError(
                f'"{text}" is not a service account: write ServiceAccount/NAMESPACE:NAME',
                click.get_current_context(silent=True),
            )
        return Subject(kind, account, namespace)
    account_of = None if kind == "Group" else split_service_account(name)
    if account_of:
        return Subject("ServiceAccount", account_of[1], account_of[0])
    return Subject(kind or "User", name)


def role_text(ref: "RoleRef") -> str:
    """A role as answers write it."""
    return f"{ref.kind}/{ref.name}"


def binding_text(binding: RoleBinding | ClusterRoleBinding) -> str:
    """A binding as answers write it."""
    return f"{binding.kind}/{binding.name}"


def scope_text(namespace: str) -> str:
    """The scope of a grant: a namespace, or `cluster-wide`."""
    return namespace or EVERYWHERE
