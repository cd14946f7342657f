"""Users and groups."""

from rbacpsp.migration.cel.clause import Clause, fill_containers, fill_pod
from rbacpsp.migration.cel.text import effective, every_container, some_container, within
from rbacpsp.migration.controls import GroupIDs, NonRoot, UserIDs

_OF_CONTAINERS = frozenset({"runAsUser", "runAsGroup"})


def user_ids(control: UserIDs) -> Clause:
    """Every container's user lies in the ranges; the first one's lowest is filled in."""
    return _of_containers("runAsUser", GroupIDs(control.field, control.ranges, required=True))


def group_ids(control: GroupIDs) -> Clause:
    """Every group lies in the ranges; where one is required, the first range's lowest is filled in."""
    if control.field in _OF_CONTAINERS:
        return _of_containers(control.field, control)
    many = control.field == "supplementalGroups"
    there = f"variables.pod.?{control.field}"
    lowest = control.ranges[0].min
    if many:
        test = f"{there}.orValue([]).all(g, {within('g', control.ranges)})"
        if control.required:
            test += f" && {there}.orValue([{lowest}]).size() > 0"
    else:
        test = f"(!{there}.hasValue() || {within(f'variables.pod.{control.field}', control.ranges)})"
    if not control.required:
        return Clause(test)
    lacks = f"!{there}.hasValue()"
    return Clause(test, lacks, (fill_pod(lacks, control.field, f"[{lowest}]" if many else str(lowest)),))


def _of_containers(field: str, control: GroupIDs) -> Clause:
    there = effective(field)
    test = every_container(f"!{there}.hasValue() || {within(f'{there}.value()', control.ranges)}")
    if not control.required:
        return Clause(test)
    lacks = f"!{there}.hasValue()"
    return Clause(test, some_container(lacks), fill_containers(lacks, field, str(control.ranges[0].min)))


def non_root(_control: NonRoot) -> Clause:
    """No container may be root, by its number or by what it says; those that say nothing get runAsNonRoot."""
    says, user = effective("runAsNonRoot"), effective("runAsUser")
    lacks = f"!{says}.hasValue() && !{user}.hasValue()"
    return Clause(
        every_container(f"{says}.orValue(true) && {user}.orValue(1) != 0"),
        some_container(lacks),
        fill_containers(lacks, "runAsNonRoot", "true"),
    )
