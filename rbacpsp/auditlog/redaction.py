"""Renames the users, groups and namespaces of a record as in its redacted cluster."""

from rbacpsp.auditlog.authorizations import Impersonation, Key
from rbacpsp.auditlog.event import User
from rbacpsp.auditlog.record import Record, Recorded, RecordedPolicyUse, Tally
from rbacpsp.decode.redact import Names

_NAMED = frozenset({"users", "groups", "namespaces"})


def names_in(record: Record) -> tuple[set[str], set[str], set[str]]:
    """The users, groups and namespaces that a record names."""
    users: set[str] = set()
    groups: set[str] = set()
    namespaces: set[str] = set()
    for key, _, _ in record.decisions:
        (user, user_groups), namespace = key[0], key[5]
        users.add(user)
        groups.update(user_groups)
        namespaces.add(namespace)
    for impersonation in record.impersonations:
        users |= {impersonation.user, impersonation.as_user}
        groups |= {*impersonation.groups, *impersonation.as_groups}
    return users, groups, namespaces


def redact_record(record: Record, names: Names) -> None:
    """Replace the names in a record, and remove the recorded reasons, since they contain names."""
    decisions: dict[Recorded, Tally] = {}
    for (key, allowed, _), tally in record.decisions.items():
        decisions.setdefault((_key(key, names), allowed, ""), Tally()).merge(tally)
    impersonations: dict[Impersonation, Tally] = {}
    for impersonation, tally in record.impersonations.items():
        impersonations.setdefault(_impersonation(impersonation, names), Tally()).merge(tally)
    policies: dict[RecordedPolicyUse, Tally] = {}
    for use, tally in record.policies.items():
        renamed_use = RecordedPolicyUse(use.policy, names.user(use.user), names.namespace(use.namespace))
        policies.setdefault(renamed_use, Tally()).merge(tally)
    record.decisions, record.impersonations, record.policies = decisions, impersonations, policies


def _key(key: Key, names: Names) -> Key:
    who, verb, group, resource, subresource, namespace, name, path = key
    if resource in _NAMED:
        name = names.of_kinds([resource], name)
    return (_user(who, names), verb, group, resource, subresource, names.namespace(namespace), name, path)


def _user(who: User, names: Names) -> User:
    return (names.user(who[0]), tuple(map(names.group, who[1])))


def _impersonation(impersonation: Impersonation, names: Names) -> Impersonation:
    user, groups = _user((impersonation.user, impersonation.groups), names)
    as_user, as_groups = _user((impersonation.as_user, impersonation.as_groups), names)
    return impersonation._replace(
        user=user,
        groups=groups,
        as_user=as_user,
        as_groups=as_groups,
        target=None if impersonation.target is None else _key(impersonation.target, names),
    )
