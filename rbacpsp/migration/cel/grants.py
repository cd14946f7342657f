"""Today's grants in CEL, for the scope `namespaces`: who may use a policy, and where, is written down."""

from collections.abc import Iterator

from msgspec import Struct

from rbacpsp.migration.access import Holder
from rbacpsp.migration.cel.text import all_of, any_of, literal
from rbacpsp.model.request import ALL_SERVICE_ACCOUNTS, MASTERS, SERVICE_ACCOUNT_PREFIX


class Askers(Struct, frozen=True):
    """How an engine's CEL names those who ask for a pod: the requester, and the pod's account."""

    username: str
    groups: str
    account: str
    """The name of the pod's account."""
    has_account: str
    """Whether the pod has an account that can be asked about."""


_NAMED = "object.spec.?serviceAccountName.orValue('')"
ACCOUNT = f"{_NAMED} == '' ? 'default' : {_NAMED}"
"""The name of the pod's account, for engines that may see a pod before the server has set it."""


def granted(holders: tuple[Holder, ...], askers: Askers) -> str:
    """Whether the requester or the pod's account holds one of the grants."""
    return any_of(_conditions(holders, askers))


def _conditions(holders: tuple[Holder, ...], askers: Askers) -> Iterator[str]:
    """The members of system:masters need no grant."""
    yield f"{literal(MASTERS)} in {askers.groups}"
    for holder in holders:
        here = f"request.namespace == {literal(holder.namespace)}" if holder.namespace else "true"
        for test in _subject(holder, askers):
            conditions = [each for each in (here, *test) if each != "true"]
            yield f"({all_of(conditions)})" if len(conditions) > 1 else all_of(conditions)


def _subject(holder: Holder, askers: Askers) -> Iterator[tuple[str, ...]]:
    """The conditions under which the requester, or the pod's account, is the subject of a grant."""
    subject, name = holder.subject, holder.subject.name
    if subject.kind == "Group":
        yield (f"{literal(name)} in {askers.groups}",)
        if name == ALL_SERVICE_ACCOUNTS:
            yield (askers.has_account,)
        elif name.startswith(f"{ALL_SERVICE_ACCOUNTS}:"):
            home = name.removeprefix(f"{ALL_SERVICE_ACCOUNTS}:")
            yield (f"request.namespace == {literal(home)}", askers.has_account)
        return
    if subject.kind == "ServiceAccount":
        home = subject.namespace or holder.namespace
        if not home:
            return
        name = f"{SERVICE_ACCOUNT_PREFIX}{home}:{name}"
    yield (f"{askers.username} == {literal(name)}",)
    if name.startswith(SERVICE_ACCOUNT_PREFIX) and name.count(":") == 3:
        home, _, own = name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        yield (f"request.namespace == {literal(home)}", f"{askers.account} == {literal(own)}")
