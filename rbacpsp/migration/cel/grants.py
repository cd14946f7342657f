"""Today's grants in CEL, for the scope `namespaces`: a list of who may use a policy, and where."""

from collections.abc import Iterator

from msgspec import Struct

from rbacpsp.migration.access import PolicyHolder
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.model.request import ALL_SERVICE_ACCOUNTS, MASTERS, SERVICE_ACCOUNT_PREFIX


class Requesters(Struct, frozen=True):
    """An engine's CEL expressions for the two that may hold a grant: the requester and the pod's account."""

    username: str
    groups: str
    account: str
    """The name of the pod's account."""
    has_account: str
    """Whether the name of the pod's account is valid."""


_NAMED = "object.spec.?serviceAccountName.orValue('')"
ACCOUNT = f"{_NAMED} == '' ? 'default' : {_NAMED}"
"""The name of the pod's account, for engines that may see a pod before the server has set it."""


def holds_grant(holders: tuple[PolicyHolder, ...], requesters: Requesters) -> str:
    """Whether the requester or the pod's account holds one of the grants."""
    return any_of(_conditions(holders, requesters))


def _conditions(holders: tuple[PolicyHolder, ...], requesters: Requesters) -> Iterator[str]:
    """One condition for each grant; members of system:masters need none."""
    yield f"{literal(MASTERS)} in {requesters.groups}"
    for holder in holders:
        in_namespace = f"request.namespace == {literal(holder.namespace)}" if holder.namespace else "true"
        for test in _subject(holder, requesters):
            conditions = [condition for condition in (in_namespace, *test) if condition != "true"]
            yield f"({all_of(conditions)})" if len(conditions) > 1 else all_of(conditions)


def _subject(holder: PolicyHolder, requesters: Requesters) -> Iterator[tuple[str, ...]]:
    """The conditions under which the requester, or the pod's account, is the subject of a grant."""
    subject, name = holder.subject, holder.subject.name
    if subject.kind == "Group":
        yield (f"{literal(name)} in {requesters.groups}",)
        if name == ALL_SERVICE_ACCOUNTS:
            yield (requesters.has_account,)
        elif name.startswith(f"{ALL_SERVICE_ACCOUNTS}:"):
            namespace = name.removeprefix(f"{ALL_SERVICE_ACCOUNTS}:")
            yield (f"request.namespace == {literal(namespace)}", requesters.has_account)
        return
    if subject.kind == "ServiceAccount":
        namespace = subject.namespace or holder.namespace
        if not namespace:
            return
        name = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}"
    yield (f"{requesters.username} == {literal(name)}",)
    if name.startswith(SERVICE_ACCOUNT_PREFIX) and name.count(":") == 3:
        namespace, _, account = name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        yield (f"request.namespace == {literal(namespace)}", f"{requesters.account} == {literal(account)}")
