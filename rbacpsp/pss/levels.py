"""Reads and compares levels and versions of the Pod Security Standards.

Source: k8s.io/pod-security-admission api/helpers.go and api/constants.go, 0.37.
"""

import re
from typing import Literal, NamedTuple, Self

from rbacpsp.model.argument_types import TEXT, said, takes
from rbacpsp.model.version import NEWEST, Version

Level = Literal["privileged", "baseline", "restricted"]

PRIVILEGED: Level = "privileged"
BASELINE: Level = "baseline"
RESTRICTED: Level = "restricted"
LEVELS: tuple[Level, ...] = (PRIVILEGED, BASELINE, RESTRICTED)
"""Every level, the least strict first."""

OLDEST_SERVER = Version(1, 22)
"""The first version with the PodSecurity plugin; older ones are treated as this one."""

ON_SINCE = Version(1, 23)
"""The first server that has the PodSecurity plugin on by default."""

_VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)")
_LARGEST_INT = 2**63 - 1


def parse_level(text: str) -> Level:
    """The level that a label or a command names.

    Raises:
        ValueError: Unknown level; the message is the server's.
    """
    for level in LEVELS:
        if level == text:
            return level
    raise ValueError(f"must be one of {', '.join(LEVELS)}")


def parse_version(text: str) -> Version | None:
    """The policy version that a label or a command names; None is `latest`.

    A version that no server has yet is accepted: it means the newest one, and is printed as written.

    Raises:
        ValueError: The version is neither `latest` nor `v1.x`; the message is the server's.
    """
    if text == "latest":
        return None
    form = _VERSION.fullmatch(str(text))
    if not form or int(form[1]) > _LARGEST_INT:
        raise ValueError('must be "latest" or "v1.x"')
    return Version(1, int(form[1]))


def compare_levels(first: Level, second: Level) -> int:
    """Above 0 when the first level is stricter, below 0 when it is less strict, 0 when they are the same."""
    return LEVELS.index(first) - LEVELS.index(second)


def server_of(version: Version | None) -> Version:
    """The server version whose checks are used for a Kubernetes version; the newest for None."""
    return NEWEST if version is None else min(max(version, OLDEST_SERVER), NEWEST)


class LevelVersion(NamedTuple):
    """A level of the standards as of a Kubernetes version; None is `latest`."""

    level: Level
    version: Version | None = None

    @classmethod
    @takes(text=TEXT)
    def parse(cls, text: str) -> Self:
        """Read `restricted:v1.25`, `restricted:latest` or `restricted`, which means the latter.

        Raises:
            ValueError: Unknown level or version.
        """
        level, colon, version = text.partition(":")
        return cls.of(level, version if colon else "latest")

    @classmethod
    def of(cls, level: str, version: str = "latest") -> Self:
        """Read a level and a version as labels write them.

        Raises:
            ValueError: Unknown level or version.
        """
        for name, value, parse in (("level", level, parse_level), ("version", version, parse_version)):
            try:
                parse(value)
            except ValueError as error:
                raise ValueError(
                    f"the {name} {said(str(value))} of the Pod Security Standards {error}"
                ) from None
        return cls(parse_level(level), parse_version(version))

    def __str__(self) -> str:
        return f"{self.level}:{version_text(self.version)}"

    def equivalent(self, other: "LevelVersion") -> bool:
        """Whether both require the same: equal, or both privileged."""
        return self == other or self.level == other.level == PRIVILEGED


def version_text(version: Version | None) -> str:
    """A policy version as labels write it."""
    return "latest" if version is None else f"v{version}"
