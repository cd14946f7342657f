"""Which of two policies is stricter, field by field.

Each field is compared, and the verdict on the policies follows from the fields. The values that a policy
allows in a field have one of a few types (a set of words, numbers, patterns, ...), each of which defines when
one value allows no more than another.

The guarantee: the laxer policy admits every pod that the stricter policy admits, with the fields that this
fills in. One difference is ignored: MustRunAsNonRoot refuses `runAsNonRoot: false` even together with a user
that is not root, where it changes nothing. Names of seccomp profiles are read as since 1.19, when
`docker/default` and `runtime/default` became one.

The converse is not guaranteed: if two policies differ in a way that no type can compare, neither counts as
stricter.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct

from rbacpsp.model.psp import AllowedHostPath, IDStrategy, PodSecurityPolicy, Range
from rbacpsp.psp.strategies import apparmor, groups, run_as_user, seccomp, selinux
from rbacpsp.psp.volumes import FS_TYPES, has_path_prefix

_MOST = 2**63 - 1
_ANY = "*"
_ALL_CAPABILITIES = "ALL"
_NOTHING = ""
"""Stands for "no seccomp profile is set", which leaves the container unconfined."""

Words = frozenset[str] | None
"""Names that are allowed; None allows every name."""


class Relation(StrEnum):
    """How the pods that one policy admits relate to those that another admits."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LAXER = "laxer"
    INCOMPARABLE = "incomparable"


class FieldComparison(Struct, frozen=True):
    """One field of two policies: the allowed values, in words, and how the first relates to the second."""

    field: str
    first: str
    second: str
    relation: Relation


class _Field(Struct, frozen=True):
    """How to read one field of a policy, compare it with that of another, and write it as text."""

    name: str
    read: Callable[[PodSecurityPolicy], Any]
    within: Callable[[Any, Any], bool]
    words: Callable[[Any], str]


def _join_words(words: Iterable[str] | None) -> str:
    return "any" if words is None else ", ".join(sorted(words)) or "none"


def _bool_within(one: bool, other: bool) -> bool:
    return other or not one


def _words_within(one: Words, other: Words) -> bool:
    return other is None or (one is not None and one <= other)


def _required_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return _ALL_CAPABILITIES in one or one >= other


def _pattern_covers(pattern: str, name: str) -> bool:
    return pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1]))


def _patterns_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return all(any(_pattern_covers(pattern, name) for pattern in other) for name in one)


def _forbidden_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return _patterns_within(other, one)


def _merge_ranges(ranges: Iterable[Range]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted((span.min, span.max) for span in ranges if span.min <= span.max):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


class _Numbers(Struct, frozen=True):
    """Ranges of numbers, and whether the number may be absent."""

    ranges: tuple[Range, ...]
    optional: bool


def _numbers_within(one: _Numbers, other: _Numbers) -> bool:
    outer = _merge_ranges(other.ranges)
    inside = all(
        any(low >= bottom and high <= top for bottom, top in outer) for low, high in _merge_ranges(one.ranges)
    )
    return inside and (other.optional or not one.optional)


def _numbers_words(numbers: _Numbers) -> str:
    texts = ["any" if span == Range(0, _MOST) else f"{span.min}-{span.max}" for span in numbers.ranges]
    texts = ["not root" if text == f"1-{_MOST}" else text for text in texts]
    return (", ".join(texts) or "none") + (" or unset" if numbers.optional and "any" not in texts else "")


_ANY_NUMBER = _Numbers((Range(0, _MOST),), optional=True)
_NO_NUMBERS = _Numbers((), optional=False)
"""A strategy that the server does not know, so that it ignores the policy."""


def _user_ids(strategy: IDStrategy) -> _Numbers:
    match strategy.rule:
        case run_as_user.RunAsAny.rule:
            return _ANY_NUMBER
        case run_as_user.MustRunAsNonRoot.rule:
            return _Numbers((Range(1, _MOST),), optional=False)
        case run_as_user.MustRunAs.rule:
            return _Numbers(strategy.ranges, optional=False)
    return _NO_NUMBERS


def _group_ids(strategy: IDStrategy | None) -> _Numbers:
    if strategy is None:
        return _ANY_NUMBER
    match strategy.rule:
        case groups.RunAsAny.rule:
            return _ANY_NUMBER
        case groups.MayRunAs.rule:
            return _Numbers(strategy.ranges, optional=True)
        case groups.MustRunAs.rule:
            return _Numbers(strategy.ranges, optional=False)
    return _NO_NUMBERS


def _host_ports(policy: PodSecurityPolicy) -> _Numbers:
    """Port 0 does not exist, so a range of port 0 alone allows nothing."""
    ports = (
        Range(max(host_port.min, 1), host_port.max)
        for host_port in policy.spec.host_ports
        if host_port.max > 0
    )
    return _Numbers(tuple(ports), optional=False)


_Paths = tuple[AllowedHostPath, ...] | None
"""The host paths that may be mounted; None is every path, relative ones included."""


def _paths_within(one: _Paths, other: _Paths) -> bool:
    def covers(outer: AllowedHostPath, inner: AllowedHostPath) -> bool:
        below = has_path_prefix(inner.path_prefix, outer.path_prefix)
        return below and (inner.read_only or not outer.read_only)

    if one is None or other is None:
        return other is None
    return all(any(covers(outer, inner) for outer in other) for inner in one)


def _host_paths(policy: PodSecurityPolicy) -> _Paths:
    return (policy.spec.allowed_host_paths or None) if _allows_volume("hostPath", policy) else ()


def _paths_words(paths: _Paths) -> str:
    if paths is None:
        return "any"
    return _join_words(path.path_prefix + (" (read-only)" if path.read_only else "") for path in paths)


def _allows_volume(kind: str, policy: PodSecurityPolicy) -> bool:
    return not {kind, _ANY}.isdisjoint(policy.spec.volumes)


def _volumes(policy: PodSecurityPolicy) -> Words:
    kinds = {kind for _, kind in FS_TYPES}
    return None if _ANY in policy.spec.volumes else frozenset(kinds.intersection(policy.spec.volumes))


def _drivers(names: Iterable[str], volume: str, policy: PodSecurityPolicy) -> Words:
    return (frozenset(names) or None) if _allows_volume(volume, policy) else frozenset()


def _selinux(policy: PodSecurityPolicy) -> Words:
    strategy = policy.spec.se_linux
    if strategy.rule == selinux.RunAsAny.rule:
        return None
    labels = strategy.se_linux_options
    if strategy.rule != selinux.MustRunAs.rule or labels is None:
        return frozenset()
    sensitivity, colon, categories = labels.level.partition(":")
    level = sensitivity + colon + ",".join(sorted(categories.split(",")))
    return frozenset({f"{labels.user}:{labels.role}:{labels.type}:{level}"})


def _runtime_classes(policy: PodSecurityPolicy) -> Words:
    strategy = policy.spec.runtime_class
    if strategy is None or _ANY in strategy.allowed_runtime_class_names:
        return None
    return frozenset(strategy.allowed_runtime_class_names)


def _seccomp(policy: PodSecurityPolicy) -> Words:
    """The profiles that a pod may run with; a policy that names any requires a profile, or fills one in."""
    rules = seccomp.seccomp(policy.metadata.annotations)
    if rules.any_allowed:
        return None
    allowed = rules.allowed - {"docker/default"} or frozenset({_NOTHING})
    return allowed if not rules.default or rules.default in rules.allowed else allowed - {_NOTHING}


def _seccomp_words(profiles: Words) -> str:
    return _join_words(profiles and (profile or "unset" for profile in profiles))


def _apparmor(policy: PodSecurityPolicy) -> Words:
    allowed = apparmor.apparmor(policy.metadata.annotations).allowed
    return allowed and allowed - {""}


def _capabilities(policy: PodSecurityPolicy) -> Words:
    spec = policy.spec
    if _ANY in spec.allowed_capabilities:
        return None
    return frozenset((*spec.allowed_capabilities, *spec.default_add_capabilities))


def _flag(name: str, read: Callable[[PodSecurityPolicy], bool]) -> _Field:
    return _Field(name, read, _bool_within, lambda value: "true" if value else "false")


def _set(
    name: str, read: Callable[[PodSecurityPolicy], Iterable[str]], within: Any = _words_within
) -> _Field:
    return _Field(name, lambda policy: frozenset(read(policy)), within, _join_words)


def _words(name: str, read: Callable[[PodSecurityPolicy], Words]) -> _Field:
    return _Field(name, read, _words_within, _join_words)


def _ids(name: str, read: Callable[[PodSecurityPolicy], _Numbers]) -> _Field:
    return _Field(name, read, _numbers_within, _numbers_words)


FIELDS: tuple[_Field, ...] = (
    _flag("privileged", lambda p: p.spec.privileged),
    _flag("allowPrivilegeEscalation", lambda p: p.spec.allow_privilege_escalation),
    _flag("hostNetwork", lambda p: p.spec.host_network),
    _flag("hostPID", lambda p: p.spec.host_pid),
    _flag("hostIPC", lambda p: p.spec.host_ipc),
    _ids("hostPorts", _host_ports),
    _words("allowedCapabilities", _capabilities),
    _set("defaultAddCapabilities", lambda p: p.spec.default_add_capabilities),
    _set("requiredDropCapabilities", lambda p: p.spec.required_drop_capabilities, _required_within),
    _words("volumes", _volumes),
    _Field("allowedHostPaths", _host_paths, _paths_within, _paths_words),
    _words(
        "allowedFlexVolumes",
        lambda p: _drivers(
            (allowed_flex_volume.driver for allowed_flex_volume in p.spec.allowed_flex_volumes),
            "flexVolume",
            p,
        ),
    ),
    _words(
        "allowedCSIDrivers",
        lambda p: _drivers(
            (allowed_csi_driver.name for allowed_csi_driver in p.spec.allowed_csi_drivers), "csi", p
        ),
    ),
    _Field(
        "readOnlyRootFilesystem",
        lambda p: not p.spec.read_only_root_filesystem,
        _bool_within,
        lambda writable: "false" if writable else "true",
    ),
    _ids("runAsUser", lambda p: _user_ids(p.spec.run_as_user)),
    _ids("runAsGroup", lambda p: _group_ids(p.spec.run_as_group)),
    _ids("supplementalGroups", lambda p: _group_ids(p.spec.supplemental_groups)),
    _ids("fsGroup", lambda p: _group_ids(p.spec.fs_group)),
    _words("seLinux", _selinux),
    _set("allowedUnsafeSysctls", lambda p: p.spec.allowed_unsafe_sysctls, _patterns_within),
    _set("forbiddenSysctls", lambda p: p.spec.forbidden_sysctls, _forbidden_within),
    _set("allowedProcMountTypes", lambda p: p.spec.allowed_proc_mount_types or ("Default",)),
    _words("runtimeClass", _runtime_classes),
    _Field("seccomp", _seccomp, _words_within, _seccomp_words),
    _words("appArmor", _apparmor),
)


def _relation(less: bool, more: bool) -> Relation:
    if less and more:
        return Relation.EQUAL
    if less:
        return Relation.STRICTER
    return Relation.LAXER if more else Relation.INCOMPARABLE


def compare_fields(first: PodSecurityPolicy, second: PodSecurityPolicy) -> tuple[FieldComparison, ...]:
    """Every field of two policies: the allowed values, and whether the first is stricter or laxer."""
    rows = []
    for field in FIELDS:
        one, other = field.read(first), field.read(second)
        relation = _relation(field.within(one, other), field.within(other, one))
        rows.append(FieldComparison(field.name, field.words(one), field.words(other), relation))
    return tuple(rows)


def compare(first: PodSecurityPolicy, second: PodSecurityPolicy) -> Relation:
    """Whether the first policy admits fewer pods than the second, more, the same, or others."""
    relations = {row.relation for row in compare_fields(first, second)}
    incomparable = Relation.INCOMPARABLE in relations
    return _relation(
        not incomparable and Relation.LAXER not in relations,
        not incomparable and Relation.STRICTER not in relations,
    )


def by_strictness(policies: Iterable[PodSecurityPolicy]) -> tuple[PodSecurityPolicy, ...]:
    """The policies, each after all that are stricter than it, otherwise by name."""
    by_name = sorted(policies, key=lambda policy: policy.name)
    stricter = {
        policy.name: sum(compare(other, policy) is Relation.STRICTER for other in by_name)
        for policy in by_name
    }
    return tuple(sorted(by_name, key=lambda policy: stricter[policy.name]))
