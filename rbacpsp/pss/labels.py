"""Reads the Pod Security levels that the labels of a namespace set.

Source: k8s.io/pod-security-admission api/helpers.go PolicyToEvaluate, 0.24 and 0.37.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from rbacpsp.model.field_error import FieldError, FieldPath, invalid
from rbacpsp.model.meta import Namespace
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.model.version import Version
from rbacpsp.pss.levels import (
    PRIVILEGED,
    RESTRICTED,
    Level,
    LevelVersion,
    compare_levels,
    parse_level,
    parse_version,
)

LABEL_PREFIX = "pod-security.kubernetes.io/"
MODES = ("enforce", "audit", "warn")
"""The modes: a pod that violates the level is refused, noted in the audit log, or warned about."""

_NAMES = tuple(f"{mode}{suffix}" for mode in MODES for suffix in ("", "-version"))
_LABELS = FieldPath.of("metadata", "labels")
_NOTHING = LevelVersion(PRIVILEGED)
_WARN_FOLLOWS_SINCE = Version(1, 26)


class Policy(Struct, frozen=True):
    """The level and version of each mode."""

    enforce: LevelVersion = _NOTHING
    audit: LevelVersion = _NOTHING
    warn: LevelVersion = _NOTHING

    @property
    def fully_privileged(self) -> bool:
        """Whether every mode is privileged."""
        return self.enforce.level == self.audit.level == self.warn.level == PRIVILEGED

    def equivalent(self, other: "Policy") -> bool:
        """Whether both require the same in every mode."""
        return (
            self.enforce.equivalent(other.enforce)
            and self.audit.equivalent(other.audit)
            and self.warn.equivalent(other.warn)
        )

    def of(self, mode: str) -> LevelVersion:
        """The level and version of a mode, by its name."""
        return {"enforce": self.enforce, "audit": self.audit, "warn": self.warn}[mode]


def policy_to_evaluate(
    labels: Mapping[str, str], defaults: Policy, server: Version
) -> tuple[Policy, tuple[FieldError, ...]]:
    """The levels of a namespace with these labels, and what is wrong with them.

    An invalid level counts as restricted for enforce, and as privileged for audit and warn; an invalid
    version counts as the latest. Since 1.26 an unset warn level is that of a stricter enforce level.
    """
    errors: list[FieldError] = []
    modes: dict[str, LevelVersion] = {}
    for mode in MODES:
        level, version = defaults.of(mode)
        level_label, version_label = f"{LABEL_PREFIX}{mode}", f"{LABEL_PREFIX}{mode}-version"
        if level_label in labels:
            try:
                level = parse_level(labels[level_label])
            except ValueError as error:
                level = RESTRICTED if mode == "enforce" else PRIVILEGED
                errors.append(_invalid(level_label, labels[level_label], error))
        if version_label in labels:
            try:
                version = parse_version(labels[version_label])
            except ValueError as error:
                version = None
                errors.append(_invalid(version_label, labels[version_label], error))
        modes[mode] = LevelVersion(level, version)
    if server >= _WARN_FOLLOWS_SINCE:
        modes["warn"] = _following(labels, modes["enforce"], modes["warn"])
    return Policy(modes["enforce"], modes["audit"], modes["warn"]), tuple(errors)


def _invalid(label: str, value: str, error: ValueError) -> FieldError:
    return invalid(_LABELS.key(label), value, str(error))


def _following(labels: Mapping[str, str], enforce: LevelVersion, warn: LevelVersion) -> LevelVersion:
    """The level of a missing warn label: that of a valid and stricter enforce label."""
    enforced: Level | None
    try:
        enforced = parse_level(labels.get(f"{LABEL_PREFIX}enforce", ""))
    except ValueError:
        return warn
    if f"{LABEL_PREFIX}warn" in labels or compare_levels(enforced, warn.level) <= 0:
        return warn
    pinned = f"{LABEL_PREFIX}warn-version" in labels
    return LevelVersion(enforced, warn.version if pinned else enforce.version)


def label_doubts(namespaces: Iterable[Namespace], server: Version) -> tuple[str, ...]:
    """What is wrong with the labels of namespaces, and how the server reads them, a sentence each."""
    if server < LABELS_SINCE:
        return ()
    doubts = []
    for namespace in namespaces:
        policy, errors = policy_to_evaluate(namespace.metadata.labels, Policy(), server)
        for error in errors:
            mode = str(error.at[-1]).removeprefix(LABEL_PREFIX).removesuffix("-version")
            doubts.append(
                f"label {error.at[-1]} of namespace {namespace.name} is {error.value}: it {error.detail}; a "
                f"server refuses such a label now, and where one is already stored, {mode} is "
                f"{policy.of(mode)}"
            )
        for label in sorted(namespace.metadata.labels):
            name = label.removeprefix(LABEL_PREFIX)
            if name != label and name not in _NAMES:
                close = did_you_mean(likeliest(name, _NAMES))
                doubts.append(
                    f"label {label} of namespace {namespace.name} has no effect: Pod Security has no such "
                    f"label{close}"
                )
    return tuple(doubts)


LABELS_SINCE = Version(1, 22)
"""The first version with these labels."""
