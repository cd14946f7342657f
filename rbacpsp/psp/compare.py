"""Which of two policies admits less, field by field.

A policy as such is neither strict nor lax: each of its fields is, and the verdict on the whole follows.
What a policy allows under a field is put into one of a few shapes (a set of words, numbers, patterns, ...),
each of which knows when one value admits no more than another. Values that a policy only fills in (the
defaults) do not decide what it admits, but for added capabilities, which its pods then hold.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rbacpsp.model.psp import AllowedHostPath, IDStrategy, PodSecurityPolicy, Range

SECCOMP_ALLOWED = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
APPARMOR_ALLOWED = "apparmor.security.beta.kubernetes.io/allowedProfileNames"

_MOST = 2**63 - 1


class Relation(StrEnum):
    """How what one policy admits relates to what another admits."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LAXER = "laxer"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field of two policies: what each allows, in words, and how the first relates to the second."""

    field: str
    first: str
    second: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class _Field:
    """How one field is read from a policy, when it admits no more than another, and how it is written."""

    name: str
    read: Callable[[PodSecurityPolicy], Any]
    within: Callable[[Any, Any], bool]
    words: Callable[[Any], str]


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"


def _bool_within(one: bool, other: bool) -> bool:
    return other or not one


def _words_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return "*" in other or ("*" not in one and one <= other)


def _required_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return one >= other


def _pattern_covers(pattern: str, name: str) -> bool:
    return pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1]))


def _patterns_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return all(any(_pattern_covers(pattern, name) for pattern in other) for name in one)


def _forbidden_within(one: frozenset[str], other: frozenset[str]) -> bool:
    return _patterns_within(other, one)


def _merged(ranges: Iterable[Range]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted((each.min, each.max) for each in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Ranges of numbers, and whether leaving the number out is allowed too."""

    ranges: tuple[Range, ...]
    optional: bool


def _numbers_within(one: _Numbers, other: _Numbers) -> bool:
    outer = _merged(other.ranges)
    inside = all(
        any(low >= bottom and high <= top for bottom, top in outer) for low, high in _merged(one.ranges)
    )
    return inside and (other.optional or not one.optional)


def _numbers_words(numbers: _Numbers) -> str:
    texts = ["any" if each == Range(0, _MOST) else f"{each.min}-{each.max}" for each in numbers.ranges]
    texts = ["not root" if text == f"1-{_MOST}" else text for text in texts]
    return (", ".join(texts) or "none") + (" or unset" if numbers.optional and "any" not in texts else "")


def _user_ids(strategy: IDStrategy) -> _Numbers:
    match strategy.rule:
        case "RunAsAny":
            return _Numbers((Range(0, _MOST),), optional=True)
        case "MustRunAsNonRoot":
            return _Numbers((Range(1, _MOST),), optional=False)
        case _:
            return _Numbers(strategy.ranges, optional=False)


def _group_ids(strategy: IDStrategy | None) -> _Numbers:
    if strategy is None or strategy.rule == "RunAsAny":
        return _Numbers((Range(0, _MOST),), optional=True)
    return _Numbers(strategy.ranges, optional=strategy.rule == "MayRunAs")


def _host_ports(policy: PodSecurityPolicy) -> _Numbers:
    """Port 0 is no port, so that a range of just it allows none."""
    ports = (Range(max(each.min, 1), each.max) for each in policy.spec.host_ports if each.max > 0)
    return _Numbers(tuple(ports), optional=False)


def _paths_within(one: tuple[AllowedHostPath, ...], other: tuple[AllowedHostPath, ...]) -> bool:
    def covers(outer: AllowedHostPath, inner: AllowedHostPath) -> bool:
        root = outer.path_prefix.rstrip("/")
        below = inner.path_prefix.rstrip("/") == root or inner.path_prefix.startswith(root + "/")
        return below and (inner.read_only or not outer.read_only)

    return all(any(covers(outer, inner) for outer in other) for inner in one)


def _host_paths(policy: PodSecurityPolicy) -> tuple[AllowedHostPath, ...]:
    if not {"hostPath", "*"} & set(policy.spec.volumes):
        return ()
    return policy.spec.allowed_host_paths or (AllowedHostPath("/"),)


def _paths_words(paths: tuple[AllowedHostPath, ...]) -> str:
    return _joined(path.path_prefix + (" (read-only)" if path.read_only else "") for path in paths)


def _drivers(names: Iterable[str], volume: str, policy: PodSecurityPolicy) -> frozenset[str]:
    if not {volume, "*"} & set(policy.spec.volumes):
        return frozenset()
    return frozenset(names) or frozenset({"*"})


def _selinux(policy: PodSecurityPolicy) -> frozenset[str]:
    options = policy.spec.se_linux.se_linux_options
    if policy.spec.se_linux.rule == "RunAsAny":
        return frozenset({"*"})
    return frozenset({f"{options.user}:{options.role}:{options.type}:{options.level}" if options else ":::"})


def _runtime_classes(policy: PodSecurityPolicy) -> frozenset[str]:
    strategy = policy.spec.runtime_class
    return frozenset({"*"}) if strategy is None else frozenset(strategy.allowed_runtime_class_names)


def _profiles(policy: PodSecurityPolicy, annotation: str, absent: str) -> frozenset[str]:
    listed = policy.metadata.annotations.get(annotation, absent).replace("docker/default", "runtime/default")
    return frozenset(filter(None, listed.split(",")))


def _capabilities(policy: PodSecurityPolicy) -> frozenset[str]:
    return frozenset((*policy.spec.allowed_capabilities, *policy.spec.default_add_capabilities))


def _flag(name: str, read: Callable[[PodSecurityPolicy], bool]) -> _Field:
    return _Field(name, read, _bool_within, lambda value: "true" if value else "false")


def _set(
    name: str, read: Callable[[PodSecurityPolicy], Iterable[str]], within: Any = _words_within
) -> _Field:
    return _Field(name, lambda policy: frozenset(read(policy)), within, _joined)


def _ids(name: str, read: Callable[[PodSecurityPolicy], _Numbers]) -> _Field:
    return _Field(name, read, _numbers_within, _numbers_words)


FIELDS: tuple[_Field, ...] = (
    _flag("privileged", lambda p: p.spec.privileged),
    _flag("allowPrivilegeEscalation", lambda p: p.spec.allow_privilege_escalation),
    _flag("hostNetwork", lambda p: p.spec.host_network),
    _flag("hostPID", lambda p: p.spec.host_pid),
    _flag("hostIPC", lambda p: p.spec.host_ipc),
    _ids("hostPorts", _host_ports),
    _set("allowedCapabilities", _capabilities),
    _set("defaultAddCapabilities", lambda p: p.spec.default_add_capabilities),
    _set("requiredDropCapabilities", lambda p: p.spec.required_drop_capabilities, _required_within),
    _set("volumes", lambda p: p.spec.volumes),
    _Field("allowedHostPaths", _host_paths, _paths_within, _paths_words),
    _set(
        "allowedFlexVolumes",
        lambda p: _drivers((each.driver for each in p.spec.allowed_flex_volumes), "flexVolume", p),
    ),
    _set(
        "allowedCSIDrivers", lambda p: _drivers((each.name for each in p.spec.allowed_csi_drivers), "csi", p)
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
    _set("seLinux", _selinux),
    _set("allowedUnsafeSysctls", lambda p: p.spec.allowed_unsafe_sysctls, _patterns_within),
    _set("forbiddenSysctls", lambda p: p.spec.forbidden_sysctls, _forbidden_within),
    _set("allowedProcMountTypes", lambda p: p.spec.allowed_proc_mount_types or ("Default",)),
    _set("runtimeClass", _runtime_classes),
    _set("seccomp", lambda p: _profiles(p, SECCOMP_ALLOWED, "")),
    _set("appArmor", lambda p: _profiles(p, APPARMOR_ALLOWED, "*")),
)


def _relation(less: bool, more: bool) -> Relation:
    if less and more:
        return Relation.EQUAL
    if less:
        return Relation.STRICTER
    return Relation.LAXER if more else Relation.INCOMPARABLE


def compare_fields(first: PodSecurityPolicy, second: PodSecurityPolicy) -> tuple[FieldComparison, ...]:
    """Every field of two policies: what each allows and whether the first is stricter or laxer there."""
    rows = []
    for field in FIELDS:
        one, other = field.read(first), field.read(second)
        relation = _relation(field.within(one, other), field.within(other, one))
        rows.append(FieldComparison(field.name, field.words(one), field.words(other), relation))
    return tuple(rows)


def compare(first: PodSecurityPolicy, second: PodSecurityPolicy) -> Relation:
    """Whether the first policy admits less than the second, more, the same, or some of both."""
    relations = {row.relation for row in compare_fields(first, second)}
    incomparable = Relation.INCOMPARABLE in relations
    return _relation(
        not incomparable and Relation.LAXER not in relations,
        not incomparable and Relation.STRICTER not in relations,
    )


def strictest(policies: Iterable[PodSecurityPolicy]) -> tuple[PodSecurityPolicy, ...]:
    """The policies that no other one is stricter than, by name; of equal ones all are kept."""
    given = sorted(policies, key=lambda policy: policy.name)
    return tuple(
        policy
        for policy in given
        if not any(compare(other, policy) is Relation.STRICTER for other in given if other is not policy)
    )
