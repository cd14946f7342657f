"""The CEL expressions for SELinux labels, root file systems, privilege escalation and capabilities."""

from rbacpsp.migration.cel.clause import Clause, fill_containers, fill_pod
from rbacpsp.migration.cel.text import (
    any_of,
    container_field,
    every_container,
    literal,
    some_container,
    strings,
)
from rbacpsp.migration.controls import LinuxCapabilities, PrivilegeEscalation, ReadOnlyRoot, SELinuxLabels


def selinux_labels(control: SELinuxLabels) -> Clause:
    """The labels of the pod and its containers equal the policy's, with categories in any order."""
    options = control.options
    named = {"level": options.level, "role": options.role, "type": options.type, "user": options.user}
    tests = [_level(options.level)]
    tests += [f"o.?{key}.orValue('') == {literal(value)}" for key, value in named.items() if key != "level"]
    lacks = "!has(variables.pod.seLinuxOptions)"
    value = "{" + ", ".join(f'"{key}": {literal(text)}' for key, text in named.items() if text) + "}"
    return Clause(
        f"variables.seLinuxOptions.all(o, {' && '.join(tests)})",
        lacks,
        (fill_pod(lacks, "seLinuxOptions", value),),
    )


def _level(level: str) -> str:
    """Whether the level of `o` equals the policy's."""
    exact = f"o.?level.orValue('') == {literal(level)}"
    sensitivity, colon, categories = level.partition(":")
    names = categories.split(",")
    if not colon or len(names) == 1:
        return exact
    start = sensitivity + ":"
    categories_of_pod = f"o.level.substring({len(start)}).split(',')"
    counts = [
        f"{categories_of_pod}.filter(n, n == {literal(name)}).size() == {names.count(name)}"
        for name in sorted(set(names))
    ]
    same = " && ".join([f"{categories_of_pod}.size() == {len(names)}", *counts])
    return f"({exact} || (o.?level.orValue('').startsWith({literal(start)}) && {same}))"


def read_only_root(_control: ReadOnlyRoot) -> Clause:
    """Every container has a read-only root file system; it is the default where the field is not set."""
    field = container_field("readOnlyRootFilesystem")
    lacks = f"!{field}.hasValue()"
    return Clause(
        every_container(f"{field}.orValue(true)"),
        some_container(lacks),
        fill_containers(lacks, "readOnlyRootFilesystem", "true"),
    )


def escalation(control: PrivilegeEscalation) -> Clause:
    """No container gains privileges where this is forbidden; containers without the field get the default."""
    field = container_field("allowPrivilegeEscalation")
    default = "true" if control.default else "false"
    fits = "true" if control.allowed else every_container(f"!{field}.orValue({default})")
    if control.default is None:
        return Clause(fits)
    lacks = f"!{field}.hasValue()"
    return Clause(fits, some_container(lacks), fill_containers(lacks, "allowPrivilegeEscalation", default))


def capabilities(control: LinuxCapabilities) -> Clause:
    """Containers add only allowed capabilities, and get the defaults and required drops that they lack."""
    add, drop = (f"{container_field('capabilities')}.?{key}.orValue([])" for key in ("add", "drop"))
    addable = sorted({*control.allowed, *control.default_add})
    fits = "true"
    if not control.any_allowed:
        fits = every_container(f"{add}.all(k, k in {strings(addable)})" if addable else f"{add}.size() == 0")
    if not control.fills:
        return Clause(fits)
    default, required = strings(sorted(set(control.default_add))), strings(sorted(set(control.required_drop)))
    missing = []
    if control.default_add:
        missing.append(f"{default}.exists(k, !(k in {add}) && !(k in {drop}))")
    if control.required_drop:
        missing.append(f"{required}.exists(k, !(k in {drop}))")
    lacks = any_of(missing)
    added = f"{default}.filter(k, !(k in {drop})) + {add}" if control.default_add else add
    dropped = f"{drop} + {required}" if control.required_drop else drop
    value = f'{{"add": {_set(added)}, "drop": {_set(dropped)}}}'
    return Clause(fits, some_container(lacks), fill_containers(lacks, "capabilities", value))


def _set(names: str) -> str:
    return f"dyn(({names}).distinct().sort())"
