"""The CEL expressions for users and groups."""

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
    is_list = control.field == "supplementalGroups"
    field = f"variables.pod.?{control.field}"
    lowest = control.ranges[0].min
    if is_list:
        test = f"{field}.orValue([]).all(g, {within('g', control.ranges)})"
        if control.required:
            test += f" && {field}.orValue([{lowest}]).size() > 0"
    else:
        test = f"(!{field}.hasValue() || {within(f'variables.pod.{control.field}', control.ranges)})"
    if not control.required:
        return Clause(test)
    lacks = f"!{field}.hasValue()"
    return Clause(test, lacks, (fill_pod(lacks, control.field, f"[{lowest}]" if is_list else str(lowest)),))


def _of_containers(field_name: str, control: GroupIDs) -> Clause:
    field_of_container = effective(field_name)
    test = every_container(
        f"!{field_of_container}.hasValue() || {within(f'{field_of_container}.value()', control.ranges)}"
    )
    if not control.required:
        return Clause(test)
    lacks = f"!{field_of_container}.hasValue()"
    return Clause(test, some_container(lacks), fill_containers(lacks, field_name, str(control.ranges[0].min)))


def non_root(_control: NonRoot) -> Clause:
    """No container runs as user 0 or sets runAsNonRoot to false; those without both get runAsNonRoot."""
    run_as_non_root, user = effective("runAsNonRoot"), effective("runAsUser")
    lacks = f"!{run_as_non_root}.hasValue() && !{user}.hasValue()"
    return Clause(
        every_container(f"{run_as_non_root}.orValue(true) && {user}.orValue(1) != 0"),
        some_container(lacks),
        fill_containers(lacks, "runAsNonRoot", "true"),
    )
