"""A record with other names for its users, groups and namespaces, as its cluster has them."""

from rbacpsp.auditlog.asked import Impersonation, Key
from rbacpsp.auditlog.event import User
from rbacpsp.auditlog.record import PolicyUse, Record, Recorded, Tally
from rbacpsp.decode.redact import Names

_NAMED = frozenset({"users", "groups", "namespaces"})


def names_in(record: Record) -> tuple[set[str], set[str], set[str]]:
    """The users, groups and namespaces that a record names."""
    users: set[str] = set()
    groups: set[str] = set()
    namespaces: set[str] = set()
    for key, _, _ in record.decisions:
        (user, its), namespace = key[0], key[5]
        users.add(user)
        groups.update(its)
        namespaces.add(namespace)
    for impersonation in record.impersonations:
        users |= {impersonation.user, impersonation.as_user}
        groups |= {*impersonation.groups, *impersonation.as_groups}
    return users, groups, namespaces


def redact_record(record: Record, names: Names) -> None:
    """Give a record other names; the reasons that were recorded are left out with the names in them."""
    decisions: dict[Recorded, Tally] = {}
    for (key, allowed, _), tally in record.decisions.items():
        decisions.setdefault((_key(key, names), allowed, ""), Tally()).merge(tally)
    impersonations: dict[Impersonation, Tally] = {}
    for each, tally in record.impersonations.items():
        impersonations.setdefault(_impersonation(each, names), Tally()).merge(tally)
    policies: dict[PolicyUse, Tally] = {}
    for use, tally in record.policies.items():
        other = PolicyUse(use.policy, names.user(use.user), names.namespace(use.namespace))
        policies.setdefault(other, Tally()).merge(tally)
    record.decisions, record.impersonations, record.policies = decisions, impersonations, policies


def _key(key: Key, names: Names) -> Key:
    who, verb, group, resource, subresource, namespace, name, path = key
    if resource in _NAMED:
        name = names.of_kinds([resource], name)
    return (_user(who, names), verb, group, resource, subresource, names.namespace(namespace), name, path)


def _user(who: User, names: Names) -> User:
    return (names.user(who[0]), tuple(map(names.group, who[1])))


def _impersonation(each: Impersonation, names: Names) -> Impersonation:
    user, groups = _user((each.user, each.groups), names)
    as_user, as_groups = _user((each.as_user, each.as_groups), names)
    return each._replace(
        user=user,
        groups=groups,
        as_user=as_user,
        as_groups=as_groups,
        target=None if each.target is None else _key(each.target, names),
    )
